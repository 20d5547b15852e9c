import { WeightError } from '../errors.ts'
import { type Tensor, tensor, toFloat16Bits } from '../tensor/tensor.ts'

/** The exponent of infinity. */
const INFINITE = 0x7c00

/** A weight as float16: about three decimal digits of each number stay. Throws `WeightError` naming one that is too large. */
export function toHalf(name: string, { data, shape }: Tensor<'float32'>): Tensor<'float16'> {
  const bits = toFloat16Bits(data)
  if (bits.some((half) => (half & INFINITE) === INFINITE)) {
    throw new WeightError('a weight is too large for float16', { where: name, expected: 'at most 65504' })
  }
  return tensor('float16', shape, bits)
}
