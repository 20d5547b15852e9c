/** Bodies whose weights come with the package. */
import { ConfigError } from '../../errors.ts'
import type { BodyConfig } from './bodies.ts'

/** What a body was trained on before: ImageNet's 1000 classes (Russakovsky et al. 2015). */
export const PRETRAINED_ON = ['imagenet'] as const
export type PretrainedOn = (typeof PRETRAINED_ON)[number]

interface PretrainedBody {
  /** Of the images it was shown, per channel R, G, B, of values in 0..1. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Of its batch norms. */
  readonly epsilon: number
}

const same = (value: number) => [value, value, value]

const PRETRAINED: Readonly<Record<PretrainedOn, Readonly<Record<string, PretrainedBody>>>> = {
  imagenet: {
    // (x - 127) / 128 of bytes, as TensorFlow's lite models are shown them.
    efficientnet_lite0: { mean: same(127 / 255), std: same(128 / 255), epsilon: 1e-3 },
  },
}

/** Names of the bodies that have such weights. */
export function pretrainedBodies(on: PretrainedOn): string[] {
  return Object.keys(PRETRAINED[on])
}

/** What is known of the weights of a body; undefined where there are none. */
export function pretrainedBody(on: PretrainedOn, name: string): PretrainedBody | undefined {
  return Object.hasOwn(PRETRAINED[on], name) ? PRETRAINED[on][name] : undefined
}

/** Throws `ConfigError` for a body that has no such weights, or settings that they do not fit. */
export function requirePretrained(on: PretrainedOn, body: BodyConfig): void {
  const found = pretrainedBody(on, body.name)
  const wrong = (setting: string, expected: string, got: string, hint?: string) =>
    new ConfigError(`the weights of ${on} do not fit this body`, {
      where: `model.backbone.${setting}`,
      expected,
      got,
      hint,
    })
  if (!found) {
    throw wrong(
      'name',
      pretrainedBodies(on).join(' or '),
      body.name,
      'Weights of other bodies are files: name one with initialWeights in place of pretrained',
    )
  }
  const { kind, epsilon } = body.norm
  if (kind === 'groupNorm') {
    throw wrong('norm.kind', 'frozenBatchNorm or batchNorm, as they were trained with', kind)
  }
  if (epsilon !== found.epsilon) throw wrong('norm.epsilon', `${found.epsilon}`, `${epsilon}`)
  const { widthMultiplier = 1 } = body as { readonly widthMultiplier?: number }
  if (widthMultiplier !== 1) throw wrong('widthMultiplier', '1', `${widthMultiplier}`)
}
