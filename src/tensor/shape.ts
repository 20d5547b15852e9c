import { ShapeError } from '../errors.ts'

/** Product of the dims; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (const dim of shape) count *= dim
  return count
}

/** Axis counted from the front; negative axes count from the back. Throws `ShapeError` outside the rank. */
export function normalizeAxis(axis: number, rank: number): number {
  const fromFront = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || fromFront < 0 || fromFront >= rank) {
    throw new ShapeError('axis is outside the value', { expected: `${-rank} to ${rank - 1}`, got: `${axis}` })
  }
  return fromFront
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis])
}
