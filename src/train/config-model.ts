/** Settings of a model in a training configuration, and the architecture they stand for. */

import { ConfigError } from '../errors.ts'
import { ownEpsilon } from '../models/bodies/bodies.ts'
import {
  architectureSchema,
  definitionOf,
  type ModelConfig,
  type NamedArchitecture,
} from '../models/catalogue.ts'
import type { AnyModelConfig } from '../models/model-definition.ts'
import { PRESETS, type PresetOf, presetsOf } from '../models/presets.ts'
import { checked, isObject, oneError } from './config-check.ts'

/** What a config file may say of its model. */
export const ARCHITECTURE_SCHEMA = architectureSchema(presetsOf)

/** A model with what differs from its definition's defaults, or a preset by its name with what differs from that. */
export type ModelSettings = NamedArchitecture extends infer A
  ? A extends NamedArchitecture
    ? { readonly name: A['name'] | PresetOf<A['name']> } & SettingsOf<Omit<A, 'name'>>
    : never
  : never

/** Any part of an architecture. What has a `kind` must name it, for the rest of it depends on that. */
export type SettingsOf<T> = T extends readonly unknown[]
  ? T
  : T extends { readonly kind: infer K }
    ? { readonly kind: K } & PartOf<Omit<T, 'kind'>>
    : T extends object
      ? PartOf<T>
      : T

type PartOf<T> = { readonly [M in keyof T]?: SettingsOf<T[M]> }

/** Settings with what they leave out, so that no default of a later release changes a run. Throws `ConfigError`. */
export function completeModel(settings: ModelSettings): NamedArchitecture {
  const { data, mistakes } = checked(ARCHITECTURE_SCHEMA, withDefaults(settings), () => 'model')
  if (!data) throw oneError(mistakes, 'model')
  return data
}

/**
 * The complete architecture for data of `categories` categories and, where the model finds them, `keypoints` keypoints. Throws
 * `ConfigError` where it finds keypoints and nobody says how many.
 */
export function architectureOf(
  { name, ...rest }: NamedArchitecture,
  categories: number,
  keypoints?: number,
): ModelConfig {
  const numClasses = categories + 1
  if (!findsKeypoints(name)) return { model: name, numClasses, ...rest } as ModelConfig
  if (keypoints !== undefined)
    return { model: name, numClasses, numKeypoints: keypoints, ...rest } as ModelConfig
  const expected = 'how many the categories of the data have'
  throw new ConfigError(`${name} finds keypoints, and their number is missing`, { expected })
}

export function findsKeypoints(name: string): boolean {
  return definitionOf(name)?.hasKeypoints ?? false
}

/** The settings, right or wrong, with the defaults of the model or the preset they name; they are checked afterwards. */
export function withDefaults(given: unknown): unknown {
  if (!isObject(given)) return given
  const settings = withOwnEpsilon(given)
  const { name: called } = settings
  if (typeof called !== 'string') return settings
  if (Object.hasOwn(PRESETS, called)) {
    const {
      model: name,
      numClasses: _classes,
      numKeypoints: _keypoints,
      ...rest
    }: AnyModelConfig = PRESETS[called]()
    return withDefaults({ ...(merged(rest, settings) as object), name })
  }
  const definition = definitionOf(called)
  if (!definition) return settings
  const parts = Object.entries(definition.optional ?? {}).filter(([part]) => isObject(settings[part]))
  return merged({ ...definition.defaults, ...Object.fromEntries(parts) }, settings)
}

/** The settings with the epsilon of a body whose batch norms have another than the usual. */
function withOwnEpsilon(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { backbone } = settings
  if (!isObject(backbone)) return settings
  const { norm = {} } = backbone
  const epsilon = ownEpsilon(backbone.name)
  if (epsilon === undefined || !isObject(norm) || norm.kind === 'groupNorm') return settings
  return { ...settings, backbone: { ...backbone, norm: { epsilon, ...norm } } }
}

/**
 * What is given, and the defaults of what is not. A default of another kind says nothing; one of another name (a body's) says
 * which norm.
 */
export function merged(defaults: unknown, given: unknown): unknown {
  if (!isObject(defaults) || !isObject(given)) return given
  if ('kind' in given && given.kind !== defaults.kind) return given
  const isOther = 'name' in given && 'name' in defaults && given.name !== defaults.name
  const kept = Object.entries(defaults).filter(([key]) => !isOther || key === 'norm')
  const own = Object.entries(given).map(([key, value]) => [key, merged(defaults[key], value)])
  return { ...Object.fromEntries(kept), ...Object.fromEntries(own) }
}
