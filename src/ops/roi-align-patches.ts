/** RoIAlign of RoIs that touch few pixels: they are read as one square patch, and two products combine them. */
import { constant, type Value } from '../graph/value.ts'
import { int64 } from '../tensor/tensor.ts'
import { add, and, equal, less, minimum, mul, not, sub, where } from './elementwise.ts'
import { gather } from './gather.ts'
import { reshape, sizeMul, sizeOf, squeeze, unsqueeze } from './layout.ts'
import { matMul } from './linear.ts'
import { reduceSum } from './reduce.ts'
import type { AxisTaps, RoiTaps } from './roi-align-taps.ts'
import { membersOf, type RoiMembers } from './roi-groups.ts'

/** RoIs whose taps lie within `side` rows and columns, and the others. */
export function splitBySpan(
  { y, x }: RoiTaps,
  side: number,
): { readonly compact: RoiMembers; readonly wide: RoiMembers } {
  const fits = ({ first, last }: AxisTaps) => less(sub(last, first), side)
  const isCompact = squeeze(and(fits(y), fits(x)), 1)
  return { compact: membersOf(isCompact), wide: membersOf(not(isCompact)) }
}

/** RoIs whose taps lie within `side` rows and columns, pooled from the rows of a table of pixels: `[R, h, w, C]`. */
export function patchPooled(
  table: Value<'float32'>,
  { y, x, origin }: RoiTaps,
  side: number,
): Value<'float32'> {
  const [rows, columns] = [patchAxis(y, side), patchAxis(x, side)]
  const [count, height, channels] = [sizeOf(y.index, 0), sizeOf(y.index, 1), sizeOf(table, 1)]
  const rowStart = add(origin, mul(rows.places, x.size))
  const patch = gather(table, add(unsqueeze(rowStart, 2), unsqueeze(columns.places, 1)))
  const ofRows = matMul(rows.weights, reshape(patch, [count, side, sizeMul(side, channels)]))
  return matMul(unsqueeze(columns.weights, 1), reshape(ofRows, [count, height, side, channels]))
}

/** Rows or columns of the patch, int64 `[R, side]`, and what each counts in each bin, `[R, bins, side]`. */
function patchAxis({ index, weight, first, size }: AxisTaps, side: number) {
  const inPatch = constant(int64(Array.from({ length: side }, (_, i) => i)))
  const isAt = equal(unsqueeze(sub(index, unsqueeze(first, 2)), 3), inPatch)
  return {
    // Beyond the border nothing is read with a weight.
    places: minimum(add(first, inPatch), sub(size, 1)),
    weights: reduceSum(where(isAt, unsqueeze(weight, 3), 0), [2]),
  }
}
