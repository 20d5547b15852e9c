import { ShapeError } from '../errors.ts'
import { ARRAYS, type DataOf, type Dtype, type FloatDtype } from './dtype.ts'
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
  if (source.dtype === 'float16') return Array.from(float16ToFloat32(source.data as Uint16Array))
  return Array.from(source.data as ArrayLike<number | bigint>, Number)
}

/** The same tensor with elements of 32 bits; float16 exactly, float64 rounded. A float32 tensor is returned as it is. */
export function toFloat32(source: Tensor<FloatDtype>): Tensor<'float32'> {
  const { dtype, shape, data } = source
  if (dtype === 'float32') return source as Tensor<'float32'>
  const values = dtype === 'float16' ? float16ToFloat32(data as Uint16Array) : Float32Array.from(data)
  return tensor('float32', shape, values)
}

/** Bits of the single float of every half float, by its bits: 256 KiB, made when the first is decoded. */
let singles: Uint32Array | undefined

function float16ToFloat32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  singles ??= singlesOfHalves()
  return lookedUp(halves, singles)
}

function lookedUp(halves: Uint16Array, table: Uint32Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i]]
  return new Float32Array(bits.buffer)
}

function singlesOfHalves(): Uint32Array {
  const values = new Float32Array(0x10000)
  for (let half = 0; half < 0x8000; half++) {
    const value = float16ToNumber(half)
    values[half] = value
    values[0x8000 + half] = -value
  }
  return new Uint32Array(values.buffer)
}

/** Bits of the nearest half floats; see `numberToFloat16`. */
export function toFloat16Bits(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(values.length)
  for (let i = 0; i < bits.length; i++) bits[i] = numberToFloat16(values[i])
  return bits
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

/** Steps of a half float in 1, by its exponent from -14 to 15. */
const STEPS = Float64Array.from({ length: 30 }, (_, i) => 2 ** (10 - (i - 14)))

/** Bits of the half float nearest to `value` (ties to even; from 65520 on infinity). */
export function numberToFloat16(value: number): number {
  floatView[0] = value
  const sign = (bitsView[0] >>> 16) & 0x8000
  const magnitude = Math.abs(value)
  if (Number.isNaN(value)) return sign | 0x7e00
  if (magnitude >= 65520) return sign | 0x7c00
  const exponent = Math.max(((bitsView[0] >>> 23) & 0xff) - 127, -14)
  // Above 2^52 doubles are integers: adding and subtracting it rounds once, ties to even.
  const steps = magnitude * STEPS[exponent + 14] + 2 ** 52 - 2 ** 52
  return sign | (steps + (exponent + 14) * 1024)
}
