import { z } from 'zod'
import { at } from '../../graph/path.ts'
import type { Layer } from '../../nn/conv.ts'
import type { Init } from '../../nn/init.ts'
import { convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { add, clamp } from '../../ops/elementwise.ts'
import { norm, stages } from '../setting-schemas.ts'
import type { Body, BodyFamily } from './body.ts'
import { type NamedLayer, stagedBody } from './mobile-body.ts'
import { divisibleByEight, widthMultiplier } from './width-multiplier.ts'

/** By how much each is wider and deeper than the first. */
const SCALES = {
  efficientnet_lite0: { width: 1, depth: 1 },
  efficientnet_lite1: { width: 1, depth: 1.1 },
  efficientnet_lite2: { width: 1.1, depth: 1.2 },
  efficientnet_lite3: { width: 1.2, depth: 1.4 },
  efficientnet_lite4: { width: 1.4, depth: 1.8 },
} as const satisfies Readonly<Record<string, { readonly width: number; readonly depth: number }>>

export type EfficientNetLiteName = keyof typeof SCALES

const NAMES = Object.keys(SCALES) as EfficientNetLiteName[]

/** EfficientNet-Lite (Tan and Le 2019; the mobile versions of TensorFlow), under the names of its weights for PyTorch. */
export interface EfficientNetLiteConfig {
  readonly name: EfficientNetLiteName
  readonly norm: NormConfig
  /** Channels everywhere by those of the publication; 1 where not given. */
  readonly widthMultiplier?: number
  /** Stages that a pyramid is built on, 0 to 4 for C1 to C5; all but the first where not given. */
  readonly stages?: readonly number[]
}

export const EFFICIENTNETS_LITE: BodyFamily<EfficientNetLiteConfig> = {
  names: NAMES,
  schema: z.strictObject({
    name: z.enum(NAMES),
    norm,
    widthMultiplier: widthMultiplier.optional(),
    stages: stages.optional(),
  }),
  epsilon: 1e-3,
  make: efficientNetLite,
}

/** Table 1 of the paper: how many blocks in a row, by how much they widen, what they give, the stride of the first. */
const ROWS = [
  { count: 1, wider: 1, out: 16, kernel: 3, stride: 1 },
  { count: 2, wider: 6, out: 24, kernel: 3, stride: 2 },
  { count: 2, wider: 6, out: 40, kernel: 5, stride: 2 },
  { count: 3, wider: 6, out: 80, kernel: 3, stride: 2 },
  { count: 3, wider: 6, out: 112, kernel: 5, stride: 1 },
  { count: 4, wider: 6, out: 192, kernel: 5, stride: 2 },
  { count: 1, wider: 6, out: 320, kernel: 3, stride: 1 },
]
const STEM = 32
const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

/** Five stages C1..C5 of strides 2 to 32, each the deepest map of its stride. The convolution before the classifier is left out. */
function efficientNetLite({ name, norm, widthMultiplier = 1 }: EfficientNetLiteConfig): Body {
  const { width, depth } = SCALES[name]
  let channels = divisibleByEight(STEM * widthMultiplier)
  const layers: NamedLayer[] = [stem(channels, norm)]
  for (const [i, { count, wider, out, kernel, stride }] of ROWS.entries()) {
    // The lite versions are as deep as the first at both ends.
    const isEnd = i === 0 || i === ROWS.length - 1
    for (let j = 0; j < (isEnd ? count : Math.ceil(depth * count)); j++) {
      const block = {
        in: channels,
        wide: channels * wider,
        out: divisibleByEight(out * width * widthMultiplier),
        kernel,
        stride: j === 0 ? stride : 1,
      }
      const path = `_blocks.${layers.length - 1}`
      layers.push({ ...block, names: [path], make: (body) => mbConv(body.child(path), block, norm) })
      channels = block.out
    }
  }
  const halving = layers.flatMap(({ stride }, i) => (stride > 1 ? [i] : []))
  const ends = [...halving.slice(1).map((next) => next - 1), layers.length - 1]
  return stagedBody(layers, {
    ends,
    parts: halving,
    stemWidth: ROWS[1].wider * layers[1].out,
    pyramidStages: [1, 2, 3, 4],
  })
}

function stem(out: number, norm: NormConfig): NamedLayer {
  const names = ['_conv_stem', '_bn0'] as const
  const options = { in: 3, out, kernel: 3, stride: 2 }
  return { out, stride: options.stride, names, make: (body) => relu6(filter(body, names, options, norm)) }
}

interface Block {
  readonly in: number
  /** Channels of the depthwise convolution; equal to `in`, nothing is widened. */
  readonly wide: number
  readonly out: number
  readonly kernel: number
  readonly stride: number
}

/** The paper's MBConv without squeeze and excitation: x `[N, in, H, W]` -> `[N, out, H / stride, W / stride]` (rounded up). */
function mbConv(scope: Scope, { in: channels, wide, out, kernel, stride }: Block, norm: NormConfig): Layer {
  const layers: Layer[] = []
  if (wide !== channels) {
    const options = { in: channels, out: wide, kernel: 1, stride: 1 }
    layers.push(relu6(filter(scope, ['_expand_conv', '_bn0'], options, norm)))
  }
  const depthwise = { in: wide, out: wide, kernel, stride, groups: wide }
  layers.push(relu6(filter(scope, ['_depthwise_conv', '_bn1'], depthwise, norm)))
  layers.push(filter(scope, ['_project_conv', '_bn2'], { in: wide, out, kernel: 1, stride: 1 }, norm))
  const isResidual = stride === 1 && channels === out
  return (x) =>
    at(scope.path, () => {
      const y = layers.reduce((map, layer) => layer(map), x)
      return isResidual ? add(x, y) : y
    })
}

function relu6(layer: Layer): Layer {
  return (x) => clamp(layer(x), 0, 6)
}

interface FilterOptions {
  readonly in: number
  readonly out: number
  readonly kernel: number
  readonly stride: number
  readonly groups?: number
}

/**
 * Convolution and norm; sides are divided by the stride and rounded up. Padded as TensorFlow pads (SAME) sides that the stride
 * divides: the first window of a halving convolution begins one pixel later than with equal padding. Other sides are padded
 * as if zeros followed up to the next that it divides, so that cells lie alike in all images; TensorFlow would begin earlier.
 */
function filter(
  scope: Scope,
  [conv, normName]: readonly [conv: string, norm: string],
  options: FilterOptions,
  norm: NormConfig,
): Layer {
  const [reach, later] = [(options.kernel - 1) / 2, options.stride - 1]
  const padded = { ...options, padding: reach - later, paddingAfter: reach + later }
  return convNorm(scope, { ...padded, conv, normName, norm, init: CONV_INIT })
}
