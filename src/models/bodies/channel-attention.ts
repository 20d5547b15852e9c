/** What weighs the channels of a map by what all of it shows: squeeze and excitation, and the effective form of it. */
import { at } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { conv2d, type Layer } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import type { Scope } from '../../nn/scope.ts'
import { hardSigmoid, mul, relu } from '../../ops/elementwise.ts'
import { reduceMean } from '../../ops/reduce.ts'

export interface SqueezeExcitation {
  readonly channels: number
  /** Channels between the two 1x1 convolutions. */
  readonly squeeze: number
  /** What makes a share of 0 to 1 of a number, elementwise. */
  readonly gate: (x: Value<'float32'>) => Value<'float32'>
  readonly init: Init
}

/** Squeeze and excitation (Hu et al. 2018): x `[N, C, H, W]` times a share of each channel, told from the means of all. */
export function squeezeExcitation(scope: Scope, { channels, squeeze, gate, init }: SqueezeExcitation): Layer {
  const shared = { kernel: 1, init, biasInit: ZEROS }
  const first = conv2d(scope.child('fc1'), { ...shared, in: channels, out: squeeze })
  const second = conv2d(scope.child('fc2'), { ...shared, in: squeeze, out: channels })
  return (x) => at(scope.path, () => mul(x, gate(second(relu(first(channelMeans(x)))))))
}

/** The same with one convolution, which loses no channels on the way: eSE (Lee and Park 2020, section 3.3). */
export function effectiveSqueezeExcitation(scope: Scope, channels: number, init: Init): Layer {
  const layer = conv2d(scope.child('fc'), {
    in: channels,
    out: channels,
    kernel: 1,
    init,
    biasInit: ZEROS,
  })
  return (x) => at(scope.path, () => mul(x, hardSigmoid(layer(channelMeans(x)))))
}

/** `[N, C, H, W]` -> `[N, C, 1, 1]`. */
function channelMeans(x: Value<'float32'>): Value<'float32'> {
  return reduceMean(x, [2, 3], { keepDims: true })
}
