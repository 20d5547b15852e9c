/** A configuration whose body comes with weights. */
import { ConfigError } from '../errors.ts'
import {
  PRETRAINED_ON,
  type PretrainedOn,
  pretrainedBody,
  requirePretrained,
} from '../models/bodies/pretrained.ts'
import { isObject } from './config-check.ts'
import { merged } from './config-model.ts'
import type { ResolvedConfig } from './train-config.ts'

/** The settings, right or wrong, with images normalised as the weights they name expect, where they say nothing of it. */
export function withPretrained(settings: unknown): unknown {
  if (!isObject(settings) || !isObject(settings.model)) return settings
  const { pretrained, model } = settings
  const { backbone } = model
  const on = PRETRAINED_ON.find((name) => name === pretrained)
  const known = on && isObject(backbone) && pretrainedBody(on, String(backbone.name))
  if (!known) return settings
  const { mean, std } = known
  return { ...settings, model: merged({ transform: { mean, std } }, model) }
}

interface PretrainedSettings {
  readonly pretrained?: PretrainedOn | null
  readonly initialWeights?: string | null
  readonly model: ResolvedConfig['model']
}

/** Throws `ConfigError` where the weights do not fit the model, or others are named as well. */
export function refuseOtherPretrained(
  { pretrained, initialWeights, model }: PretrainedSettings,
  whereOf: (path: readonly string[]) => string,
): void {
  if (!pretrained) return
  const path = ['pretrained']
  if (initialWeights) {
    throw new ConfigError('a training starts from one file of weights', {
      where: whereOf(path),
      expected: 'pretrained or initialWeights',
      got: 'both',
    })
  }
  try {
    requirePretrained(pretrained, model.backbone)
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause
    throw new ConfigError(cause.message, { where: whereOf(path) }, { cause })
  }
}
