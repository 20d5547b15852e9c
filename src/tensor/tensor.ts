import { ShapeError } from '../errors.ts'
import { ARRAYS, type DataOf, type Dtype } from './dtype.ts'
import { elementCount } from './shape.ts'

/** Numbers on the host: row-major, contiguous. Symbols inside a graph are `Value`s, never tensors. */
export interface Tensor<D extends Dtype = Dtype> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: DataOf<D>
}

/** Makes a tensor over `data` without copying. Throws `ShapeError` where the element count does not fit the shape. */
export function tensor<D extends Dtype>(dtype: D, shape: readonly number[], data: DataOf<D>): Tensor<D> {
  if (data.length !== elementCount(shape)) {
    throw new ShapeError('tensor data does not fit its shape', {
      expected: `${elementCount(shape)} elements for [${shape.join(', ')}]`,
      got: `${data.length}`,
    })
  }
  return { dtype, shape, data }
}

export function zeros<D extends Dtype>(dtype: D, shape: readonly number[]): Tensor<D> {
  return { dtype, shape, data: new ARRAYS[dtype](elementCount(shape)) as DataOf<D> }
}

/** float32 tensor from numbers; the shape is one axis long where none is given. */
export function float32(
  values: ArrayLike<number>,
  shape: readonly number[] = [values.length],
): Tensor<'float32'> {
  return tensor('float32', shape, Float32Array.from(values))
}

/** int64 tensor from integers; the shape is one axis long where none is given. Throws `ShapeError` for other numbers. */
export function int64(
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Tensor<'int64'> {
  return tensor(
    'int64',
    shape,
    BigInt64Array.from(values, (value, i) => {
      if (Number.isInteger(value)) return BigInt(value)
      throw new ShapeError('int64 holds integers only', { where: `element ${i}`, got: `${value}` })
    }),
  )
}

/** Elements as numbers (int64 converted; float16 decoded). */
export function toNumbers(source: Tensor): number[] {
  if (source.dtype === 'float16') return Array.from(source.data as Uint16Array, float16ToNumber)
  return Array.from(source.data as ArrayLike<number | bigint>, Number)
}

/** Number from the bits of an IEEE 754 half float. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const floatView = new Float32Array(1)
const bitsView = new Uint32Array(floatView.buffer)

/** Bits of the half float nearest to `value` (ties to even; from 65520 on infinity). */
export function numberToFloat16(value: number): number {
  floatView[0] = value
  const sign = (bitsView[0] >>> 16) & 0x8000
  const magnitude = Math.abs(value)
  if (Number.isNaN(value)) return sign | 0x7e00
  if (magnitude >= 65520) return sign | 0x7c00
  const exponent = Math.max(((bitsView[0] >>> 23) & 0xff) - 127, -14)
  // Above 2^52 doubles are integers: adding and subtracting it rounds once, ties to even.
  const steps = magnitude * 2 ** (10 - exponent) + 2 ** 52 - 2 ** 52
  return sign | (steps + (exponent + 14) * 1024)
}
