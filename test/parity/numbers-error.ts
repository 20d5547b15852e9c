/** Largest absolute difference, infinite where the lengths differ or anything is not a number. */
export function numbersError(expected: ArrayLike<number>, ours: ArrayLike<number>): number {
  if (expected.length !== ours.length) return Number.POSITIVE_INFINITY
  let worst = 0
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(expected[i] - ours[i])
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error)
  }
  return worst
}
