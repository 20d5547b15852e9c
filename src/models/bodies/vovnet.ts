import { z } from 'zod'
import { at } from '../../graph/path.ts'
import { conv2d, type Layer } from '../../nn/conv.ts'
import type { Init } from '../../nn/init.ts'
import { convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { add, relu, sigmoid } from '../../ops/elementwise.ts'
import { concat } from '../../ops/layout.ts'
import { maxPool } from '../../ops/pool.ts'
import { norm, stages } from '../setting-schemas.ts'
import type { Body, BodyFamily } from './body.ts'
import { effectiveSqueezeExcitation, squeezeExcitation } from './channel-attention.ts'
import { divisibleByEight, widthMultiplier } from './width-multiplier.ts'

/** Of stages 2 to 5: modules in a row, convolutions of a module and what each gives, what the module gives. */
interface Plan {
  readonly modules: readonly number[]
  readonly convs: number
  readonly widths: readonly number[]
  readonly outputs: readonly number[]
  /** Whether the 3x3 convolutions but the first filter each channel by itself, a 1x1 convolution after. */
  readonly depthwise: boolean
}

const WIDE = { widths: [128, 160, 192, 224], outputs: [256, 512, 768, 1024] }
const SLIM = { widths: [64, 80, 96, 112], outputs: [112, 256, 384, 512] }
const SHORT = { modules: [1, 1, 1, 1], convs: 3 }

const PLANS = {
  vovnet19_slim_dw: { ...SHORT, ...SLIM, depthwise: true },
  vovnet19_dw: { ...SHORT, ...WIDE, depthwise: true },
  vovnet19_slim: { ...SHORT, ...SLIM, depthwise: false },
  vovnet19: { ...SHORT, ...WIDE, depthwise: false },
  vovnet39: { modules: [1, 1, 2, 2], convs: 5, ...WIDE, depthwise: false },
  vovnet57: { modules: [1, 1, 4, 3], convs: 5, ...WIDE, depthwise: false },
  vovnet99: { modules: [1, 3, 9, 3], convs: 5, ...WIDE, depthwise: false },
} as const satisfies Readonly<Record<string, Plan>>

type VoVNetName = keyof typeof PLANS

const NAMES = Object.keys(PLANS) as VoVNetName[]

/** VoVNet (Lee et al. 2019) as its second version has it (Lee and Park 2020), under the publication's names of weights. */
export interface VoVNetConfig {
  readonly name: VoVNetName
  readonly norm: NormConfig
  /** Channels everywhere by those of the papers; 1 where not given. */
  readonly widthMultiplier?: number
  /** Whether modules after the first of a stage add their input to their output; they do where not said, not in the first version. */
  readonly identity?: boolean
  /**
   * How a module weighs its channels: `ese` (default), or `se` with a sixteenth of them in between (Hu et al. 2018), which the
   * paper compares; `none` in the first version.
   */
  readonly attention?: 'ese' | 'se' | 'none'
  /** Stages that a pyramid is built on, 0 to 3 for C2 to C5; all where not given. */
  readonly stages?: readonly number[]
}

export const VOVNETS: BodyFamily<VoVNetConfig> = {
  names: NAMES,
  schema: z.strictObject({
    name: z.enum(NAMES),
    norm,
    widthMultiplier: widthMultiplier.optional(),
    identity: z.boolean().optional(),
    attention: z.enum(['ese', 'se', 'none']).optional(),
    stages: stages.optional(),
  }),
  make: vovnet,
}

const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'in' }
const SE_REDUCTION = 16

type Settings = Required<Pick<VoVNetConfig, 'norm' | 'identity' | 'attention'>> &
  Pick<Plan, 'convs' | 'depthwise'>

/**
 * Four stages C2..C5 of strides 4, 8, 16 and 32 (from stride 8 on sizes are rounded down); the stem belongs to the first. Taps: `stem`
 * and each module after its attention, under their full names.
 */
function vovnet(config: VoVNetConfig): Body {
  const { norm, widthMultiplier = 1, identity = true, attention = 'ese' } = config
  const { modules, convs, widths, outputs, depthwise }: Plan = PLANS[config.name]
  const scaled = (channels: number) => divisibleByEight(channels * widthMultiplier)
  const settings = { norm, identity, attention, convs, depthwise }
  const stemWidths = [64, 64, depthwise ? 64 : 128].map(scaled)
  const channels = outputs.map(scaled)
  return {
    channels,
    strides: [4, 8, 16, 32],
    stemWidth: stemWidths[0],
    pyramidStages: [0, 1, 2, 3],
    sizeDivisible: 32,
    freezable: [['stem'], ...channels.map((_, stage) => [stageName(stage)])],
    stage(scope, stage) {
      const first = stage === 0 ? stem(scope.child('stem'), stemWidths, settings) : halved
      const place = scope.child(stageName(stage))
      const layers = Array.from({ length: modules[stage] }, (_, i) => {
        const before = stage === 0 ? stemWidths[2] : channels[stage - 1]
        const options = {
          name: `OSA${stage + 2}_${i + 1}`,
          in: i === 0 ? before : channels[stage],
          width: scaled(widths[stage]),
          out: channels[stage],
          adds: identity && i > 0,
        }
        return osaModule(place, options, settings)
      })
      return (x) =>
        layers.reduce(
          (map, layer) => layer(map),
          at(place.path, () => first(x)),
        )
    },
  }
}

function stageName(stage: number): string {
  return `stage${stage + 2}`
}

/** Every window lies inside the map but where an even side leaves one that begins in it. */
const halved: Layer = (x) => maxPool(x, { kernel: 3, stride: 2, ceilMode: true })

/** Images `[N, 3, H, W]` -> `[N, C, H / 4, W / 4]` (rounded up). */
function stem(scope: Scope, widths: readonly number[], { norm, depthwise }: Settings): Layer {
  const strides = [2, 1, 2]
  const layers = widths.map((out, i) => {
    const options = { name: `stem_${i + 1}`, in: i === 0 ? 3 : widths[i - 1], out, stride: strides[i] }
    return depthwise && i > 0
      ? separable(scope, options, norm)
      : plain(scope, { ...options, kernel: 3 }, norm)
  })
  return (x) => {
    const map = layers.reduce((map, layer) => layer(map), x)
    scope.tap(scope.path, map)
    return map
  }
}

interface ModuleOptions {
  readonly name: string
  readonly in: number
  /** Of each 3x3 convolution. */
  readonly width: number
  readonly out: number
  readonly adds: boolean
}

/**
 * One-shot aggregation (Lee et al. 2019, figure 1b): convolutions one after another, and all of their outputs with the input
 * once to a 1x1 convolution. Depthwise ones need as many channels as they give: a 1x1 convolution brings them there, and the
 * input is aggregated as it was before.
 */
function osaModule(
  stage: Scope,
  { name, in: channels, width, out, adds }: ModuleOptions,
  { norm, attention, convs, depthwise }: Settings,
): Layer {
  const scope = stage.child(name)
  const reduction =
    depthwise && channels !== width
      ? plain(
          scope.child('conv_reduction'),
          { name: `${name}_reduction_0`, in: channels, out: width, kernel: 1 },
          norm,
        )
      : undefined
  const layers = Array.from({ length: convs }, (_, i) => {
    const place = scope.child(`layers.${i}`)
    const options = { name: `${name}_${i}`, in: i === 0 && !depthwise ? channels : width, out: width }
    return depthwise ? separable(place, options, norm) : plain(place, { ...options, kernel: 3 }, norm)
  })
  const all = channels + convs * width
  const joined = plain(scope.child('concat'), { name: `${name}_concat`, in: all, out, kernel: 1 }, norm)
  const weighed = attentionLayer(scope, out, attention)
  return (x) =>
    at(scope.path, () => {
      const maps = [x]
      let map = reduction ? reduction(x) : x
      for (const layer of layers) {
        map = layer(map)
        maps.push(map)
      }
      const y = weighed(joined(concat(maps, 1)))
      return adds ? add(y, x) : y
    })
}

/** What a module does with its channels at the end; tapped under the name of its scope. */
function attentionLayer(module: Scope, channels: number, attention: Settings['attention']): Layer {
  if (attention === 'none') return (x) => x
  const scope = module.child(attention)
  const squeeze = Math.max(1, Math.round(channels / SE_REDUCTION))
  const layer =
    attention === 'ese'
      ? effectiveSqueezeExcitation(scope, channels, CONV_INIT)
      : squeezeExcitation(scope, { channels, squeeze, gate: sigmoid, init: CONV_INIT })
  return (x) => {
    const map = layer(x)
    scope.tap(scope.path, map)
    return map
  }
}

interface ConvOptions {
  /** What its names under the scope begin with: `stem_1/conv`, `stem_1/norm`. */
  readonly name: string
  readonly in: number
  readonly out: number
  readonly stride?: number
}

/** Convolution, norm, ReLU; the map keeps its size but for the stride. */
function plain(
  scope: Scope,
  { name, kernel, ...rest }: ConvOptions & { readonly kernel: number },
  norm: NormConfig,
): Layer {
  const names = { conv: `${name}/conv`, normName: `${name}/norm` }
  const padding = (kernel - 1) / 2
  const layer = convNorm(scope, { ...names, ...rest, kernel, padding, norm, init: CONV_INIT })
  return (x) => at(scope.path, () => relu(layer(x)))
}

/** A 3x3 convolution of each channel by itself, a 1x1 convolution of all, norm, ReLU. */
function separable(scope: Scope, { name, in: channels, out, stride }: ConvOptions, norm: NormConfig): Layer {
  const filter = conv2d(scope.child(`${name}/dw_conv3x3`), {
    in: channels,
    out: channels,
    kernel: 3,
    stride,
    padding: 1,
    groups: channels,
    bias: false,
    init: CONV_INIT,
  })
  const mix = convNorm(scope, {
    conv: `${name}/pw_conv1x1`,
    normName: `${name}/pw_norm`,
    in: channels,
    out,
    kernel: 1,
    norm,
    init: CONV_INIT,
  })
  return (x) => at(scope.path, () => relu(mix(filter(x))))
}
