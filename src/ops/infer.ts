import { ShapeError } from '../errors.ts'
import { type Dim, formatShape } from '../graph/dim.ts'
import type { Attributes, Inputs, Op } from '../graph/op.ts'
import { emit } from '../graph/op.ts'
import { currentPath } from '../graph/path.ts'
import { constant, type Value } from '../graph/value.ts'
import { ARRAYS, type Dtype, isFloat } from '../tensor/dtype.ts'
import { numberToFloat16, type Tensor } from '../tensor/tensor.ts'

/** A value, or a number that stands for a scalar constant of the other operand's dtype. */
export type Operand<D extends Dtype> = Value<D> | number

/** What the integer dtypes hold. */
const RANGES: Readonly<Partial<Record<Dtype, string>>> = {
  int64: 'an integer of 64 bits',
  int32: 'an integer from -2147483648 to 2147483647',
  uint8: 'an integer from 0 to 255',
  int8: 'an integer from -128 to 127',
  bool: '0 or 1',
}

/** Scalar constant of a dtype. Throws `ShapeError` where an integer dtype cannot hold the number. */
export function scalar<D extends Dtype>(dtype: D, value: number): Value<D> {
  if (!holds(dtype, value)) {
    throw new ShapeError(`a number does not fit its dtype ${dtype}`, {
      where: currentPath() || 'graph',
      expected: RANGES[dtype],
      got: `${value}`,
      hint: Number.isInteger(value) ? undefined : 'Cast the other operand to a float first.',
    })
  }
  const data = new ARRAYS[dtype](1)
  if (dtype === 'int64') (data as BigInt64Array)[0] = BigInt(value)
  else (data as Float32Array)[0] = dtype === 'float16' ? numberToFloat16(value) : value
  return constant({ dtype, shape: [], data } as Tensor<D>)
}

function holds(dtype: Dtype, value: number): boolean {
  if (isFloat(dtype)) return true
  if (dtype === 'int64') return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63
  if (dtype === 'bool') return value === 0 || value === 1
  const data = new ARRAYS[dtype](1) as Int32Array
  data[0] = value
  return data[0] === value
}

/** Broadcast of shapes, aligned at the back. A symbol never stands for 1; two symbols that meet are equal sizes. */
export function broadcastShapes(...shapes: readonly (readonly Dim[])[]): Dim[] {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, axis) =>
    shapes
      .map((shape) => shape[axis - rank + shape.length] ?? 1)
      .reduce((a, b) => {
        if (a === b || b === 1) return a
        if (a === 1) return b
        if (typeof a === 'number' && typeof b === 'number') {
          throw new ShapeError(`shapes ${shapes.map(formatShape).join(' and ')} do not broadcast`)
        }
        return typeof a === 'number' ? a : typeof b === 'number' ? b : a
      }),
  )
}

/** Axis counted from the front; negative axes count from the back. Throws `ShapeError` outside the rank. */
export function normalizeAxis(axis: number, rank: number): number {
  const fromFront = axis < 0 ? axis + rank : axis
  if (Number.isInteger(axis) && fromFront >= 0 && fromFront < rank) return fromFront
  throw new ShapeError('axis is outside the value', {
    where: currentPath() || 'graph',
    expected: rank > 0 ? `${-rank} to ${rank - 1}` : 'none, since a scalar has no axes',
    got: `${axis}`,
  })
}

/** Input that must be there. */
export function need(inputs: Inputs, index: number): Value {
  const value = inputs[index]
  if (!value) throw new ShapeError(`input ${index} is missing`)
  return value
}

export function requireRank(value: Value, rank: number, what: string): void {
  if (value.shape.length !== rank) {
    throw new ShapeError(`${what} has the wrong rank`, { expected: `${rank}`, got: formatShape(value.shape) })
  }
}

export function requireDtype(value: Value, dtypes: readonly Dtype[], what: string): void {
  if (!dtypes.includes(value.dtype)) {
    throw new ShapeError(`${what} has the wrong dtype`, { expected: dtypes.join(' or '), got: value.dtype })
  }
}

/** Throws unless the dims can be equal (symbols can be anything). */
export function requireSame(a: Dim, b: Dim, what: string): void {
  if (typeof a === 'number' && typeof b === 'number' && a !== b) {
    throw new ShapeError(`${what} do not agree`, { expected: `${a}`, got: `${b}` })
  }
}

/** Emits an op with one output. */
export function emitOne<D extends Dtype, A extends Attributes>(
  op: Op<A>,
  inputs: Inputs,
  attributes: A,
): Value<D> {
  return emit(op, inputs, attributes)[0] as Value<D>
}
