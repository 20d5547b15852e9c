/** How numbers become eight bits: activations as uint8, weights as seven bits of an int8 with a scale for each channel, biases as int32. */
import { type Tensor, tensor } from '../tensor/tensor.ts'

/** The numbers that an activation is held to; 0 is always among them. */
export interface ActivationRange {
  readonly low: number
  readonly high: number
}

/** uint8 `q` stands for `(q - zeroPoint) * scale`. */
export interface Levels {
  /** A float32. */
  readonly scale: number
  readonly zeroPoint: number
}

const MOST_LEVEL = 255

/**
 * Levels whose first and last are the ends of the range, as near as a whole zero point allows: 0 is a level, so padding and
 * what Relu cuts cost nothing. Of an activation that is always 0 the scale is 1.
 */
export function activationLevels({ low, high }: ActivationRange): Levels {
  const scale = Math.fround((high - low) / MOST_LEVEL)
  if (scale === 0) return { scale: 1, zeroPoint: 0 }
  return { scale, zeroPoint: Math.min(MOST_LEVEL, Math.max(0, Math.round(-low / scale))) }
}

/**
 * Weights are -64 to 64, the same on both sides of 0: seven bits. Processors without VNNI add products of uint8 and int8 in pairs
 * that are held to 16 bits, and 2 * 255 * 64 is the most that these hold.
 */
const MOST_WEIGHT = 64
/** Biases stay below this, so that the sum of products and bias fits 32 bits. */
const MOST_BIAS = 2 ** 30

export interface QuantizedWeight {
  readonly weight: Tensor<'int8'>
  /** One for each channel of the output. */
  readonly scales: Tensor<'float32'>
}

/**
 * Symmetric int8 of a weight whose output channels lie along `axis`, each with a scale of its own: the largest of its numbers
 * becomes 64. A channel whose weights are so small that its bias would not fit 32 bits at the input's scale `inputScale` takes
 * the scale at which it does.
 */
export function quantizeWeight(
  { shape, data }: Tensor<'float32'>,
  axis: number,
  { bias, inputScale }: { readonly bias?: Tensor<'float32'>; readonly inputScale: number },
): QuantizedWeight {
  const channels = shape[axis]
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  const channelOf = (i: number) => Math.floor(i / inner) % channels
  const scales = new Float32Array(channels)
  for (let i = 0; i < data.length; i++) {
    const channel = channelOf(i)
    scales[channel] = Math.max(scales[channel], Math.abs(data[i]))
  }
  for (let channel = 0; channel < channels; channel++) {
    const leastForBias = Math.abs(bias?.data[channel] ?? 0) / (MOST_BIAS * inputScale)
    scales[channel] = Math.max(scales[channel] / MOST_WEIGHT, leastForBias) || 1
  }
  const levels = Int8Array.from(data, (value, i) => {
    return Math.max(-MOST_WEIGHT, Math.min(MOST_WEIGHT, Math.round(value / scales[channelOf(i)])))
  })
  return { weight: tensor('int8', shape, levels), scales: tensor('float32', [channels], scales) }
}

/** A bias in units of the products it is added to: `inputScale` times the scale of its channel. */
export function quantizeBias(
  { data }: Tensor<'float32'>,
  weightScales: Tensor<'float32'>,
  inputScale: number,
): { readonly bias: Tensor<'int32'>; readonly scales: Tensor<'float32'> } {
  const scales = Float32Array.from(weightScales.data, (scale) => scale * inputScale)
  const levels = Int32Array.from(data, (value, channel) => Math.round(value / scales[channel]))
  return {
    bias: tensor('int32', [levels.length], levels),
    scales: tensor('float32', [scales.length], scales),
  }
}
