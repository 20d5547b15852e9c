/** The block of MobileNets: widen, filter each channel by itself, narrow (Sandler et al. 2018; Howard et al. 2019). */
import { at } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import type { Layer } from '../../nn/conv.ts'
import type { Init } from '../../nn/init.ts'
import { convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { add, hardSigmoid } from '../../ops/elementwise.ts'
import { squeezeExcitation } from './channel-attention.ts'

/** An activation, elementwise. */
export type Activation = (x: Value<'float32'>) => Value<'float32'>

export interface InvertedResidual {
  readonly in: number
  /** Channels of the depthwise convolution; equal to `in`, nothing is widened. */
  readonly wide: number
  readonly out: number
  readonly kernel: number
  readonly stride: number
  readonly activation: Activation
  /** Channels of the squeeze between two 1x1 convolutions; none where there is no squeeze and excitation. */
  readonly squeeze?: number
}

const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

/**
 * x `[N, in, H, W]` -> `[N, out, H / stride, W / stride]` (rounded up), plus x where both have one shape. The layers are numbered
 * under the scope, as torchvision numbers them: in MobileNetV2 the last convolution and its norm count as two (`flat`).
 */
export function invertedResidual(
  scope: Scope,
  { in: channels, wide, out, kernel, stride, activation, squeeze }: InvertedResidual,
  norm: NormConfig,
  { flat = false }: { readonly flat?: boolean } = {},
): Layer {
  const layers: Layer[] = []
  const next = () => scope.child(`${layers.length}`)
  if (wide !== channels)
    layers.push(activated(next(), { in: channels, out: wide, kernel: 1 }, norm, activation))
  const filter = { in: wide, out: wide, kernel, stride, groups: wide }
  layers.push(activated(next(), filter, norm, activation))
  if (squeeze !== undefined) {
    const attention = { channels: wide, squeeze, gate: hardSigmoid, init: CONV_INIT }
    layers.push(squeezeExcitation(next(), attention))
  }
  const [place, first] = flat ? [scope, layers.length] : [next(), 0]
  const names = { conv: `${first}`, normName: `${first + 1}` }
  layers.push(convNorm(place, { ...names, in: wide, out, kernel: 1, norm, init: CONV_INIT }))
  const isResidual = stride === 1 && channels === out
  return (x) =>
    at(scope.path, () => {
      const y = layers.reduce((map, layer) => layer(map), x)
      return isResidual ? add(x, y) : y
    })
}

interface FilterOptions {
  readonly in: number
  readonly out: number
  readonly kernel: number
  readonly stride?: number
  readonly groups?: number
}

/** Convolution `0`, norm `1`, activation; the map keeps its size but for the stride. */
export function activated(
  scope: Scope,
  options: FilterOptions,
  norm: NormConfig,
  activation: Activation,
): Layer {
  const layer = convNorm(scope, {
    ...options,
    conv: '0',
    normName: '1',
    padding: (options.kernel - 1) / 2,
    norm,
    init: CONV_INIT,
  })
  return (x) => at(scope.path, () => activation(layer(x)))
}
