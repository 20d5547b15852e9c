import { END, type Size, sizeAdd, sizeMul, sizeOf, sizeSub, slice, sliceAxes } from '../../ops/layout.ts'
import type { FloatValue } from '../rule.ts'

/**
 * For windows over the last two axes of a padded map: what the element at `[row, column]` of every
 * window sees, `[.., .., Ho, Wo]` where `windows` has that size. Picking every s-th column is slow in the
 * runtime, so that is done once per phase (column modulo stride) and shared by all rows and columns of the window.
 */
export function windowViews(
  padded: FloatValue,
  windows: FloatValue,
  strides: readonly number[],
): (row: number, column: number) => FloatValue {
  const [rows, columns] = [sizeOf(windows, 2), sizeOf(windows, 3)]
  const phases = new Map<number, FloatValue>()
  const phaseOf = (column: number): FloatValue => {
    const offset = column % strides[1]
    const found =
      phases.get(offset) ?? (strides[1] === 1 ? padded : slice(padded, 3, offset, END, strides[1]))
    phases.set(offset, found)
    return found
  }
  return (row, column) => {
    const start = Math.floor(column / strides[1])
    return sliceAxes(phaseOf(column), [
      [2, row, lastOf(rows, strides[0], row), strides[0]],
      [3, start, lastOf(columns, 1, start)],
    ])
  }
}

/** End of a slice that takes `count` elements from `start`. */
function lastOf(count: Size, stride: number, start: number): Size {
  return sizeAdd(sizeMul(sizeSub(count, 1), stride), start + 1)
}
