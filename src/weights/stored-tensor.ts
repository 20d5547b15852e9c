import type { ErrorParts, WeightError } from '../errors.ts'
import { ARRAYS } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { decodeElements, READ_AS, STORED_BYTES, type StoredDtype, swappedBytes } from './stored-dtype.ts'

/** Numbers in a file, in a row, of which tensors are views. */
export interface StoredNumbers {
  readonly dtype: StoredDtype
  /** How many there are, which has been checked against the file. */
  readonly count: number
  readonly isBigEndian: boolean
  /** Bytes of a part of them. */
  readonly read: (begin: number, bytes: number) => Promise<Uint8Array>
}

/** How a tensor lies in the numbers it is a view of, all of it in elements. */
export interface StridedLayout {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
}

/** A tensor that is read when it is wanted; nothing says its name. */
export interface StoredTensor {
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  readonly read: () => Promise<Tensor>
}

/** PyTorch's most axes. */
export const MOST_AXES = 64
/** Bytes that a view may have though the file has fewer, as one that repeats a number does. */
const REPEATED = 1 << 24

/**
 * The tensor that lies so in `numbers`. Throws `WeightError` made by `error` for a layout that reaches beyond them, or that is so
 * much larger than they are that no file is meant so: all before any of it is read.
 */
export function stridedTensor(
  numbers: StoredNumbers,
  { shape, strides, offset }: StridedLayout,
  error: (what: string, parts?: Omit<ErrorParts, 'where'>) => WeightError,
): StoredTensor {
  const sizes = [...shape, ...strides, offset]
  if (shape.length !== strides.length || shape.length > MOST_AXES || !sizes.every(isCount)) {
    throw error('shape, strides and offset of a tensor do not fit together', {
      got: `[${shape.join(', ')}], [${strides.join(', ')}] and ${offset}`,
    })
  }
  const elementBytes = STORED_BYTES[numbers.dtype]
  const isEmpty = shape.includes(0)
  const count = isEmpty ? 0 : shape.reduce((product, side) => product * side, 1)
  const last = shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis], offset)
  if (!isEmpty && last >= numbers.count) {
    throw error('a tensor reaches beyond its numbers in the file', {
      expected: `up to ${numbers.count} elements`,
      got: `[${shape.join(', ')}] with strides [${strides.join(', ')}] from ${offset} on`,
    })
  }
  if (count * elementBytes > Math.max(REPEATED, numbers.count * elementBytes)) {
    throw error('a tensor is larger than what the file holds of it', {
      expected: `up to ${Math.max(REPEATED, numbers.count * elementBytes)} bytes`,
      got: `[${shape.join(', ')}] over ${numbers.count} elements`,
    })
  }
  return {
    dtype: numbers.dtype,
    shape,
    read: async () => {
      const span = isEmpty ? 0 : last - offset + 1
      const stored = await numbers.read(offset * elementBytes, span * elementBytes)
      const bytes = numbers.isBigEndian ? swappedBytes(stored, elementBytes) : stored
      const isInOrder = isEmpty || isContiguous(shape, strides)
      const inOrder = isInOrder ? bytes : gathered(bytes, elementBytes, shape, strides, count)
      return { dtype: READ_AS[numbers.dtype], shape, data: decodeElements(numbers.dtype, inOrder) }
    },
  }
}

/** Strides of a tensor whose elements lie one behind the other, the last axis innermost. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides: number[] = []
  let stride = 1
  for (const side of shape.toReversed()) {
    strides.unshift(stride)
    stride *= Math.max(1, side)
  }
  return strides
}

/** A whole number from 0 on. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Strides of axes with one element say nothing. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const inOrder = contiguousStrides(shape)
  return shape.every((side, axis) => side === 1 || strides[axis] === inOrder[axis])
}

/** By bytes, a type whose array moves elements without looking at them. */
const WORDS: Readonly<Record<number, 'uint8' | 'float16' | 'int32' | 'int64'>> = {
  1: 'uint8',
  2: 'float16',
  4: 'int32',
  8: 'int64',
}

/** Elements in their order by rows, whatever their kind: whole words are moved. */
function gathered(
  bytes: Uint8Array,
  elementBytes: number,
  shape: readonly number[],
  strides: readonly number[],
  count: number,
): Uint8Array {
  const words = WORDS[elementBytes]
  const from = decodeElements(words, bytes)
  const to = new ARRAYS[words](count)
  const index = shape.map(() => 0)
  let at = 0
  for (let i = 0; i < count; i++) {
    to[i] = from[at]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]
      if (++index[axis] < shape[axis]) break
      at -= shape[axis] * strides[axis]
      index[axis] = 0
    }
  }
  return new Uint8Array(to.buffer)
}
