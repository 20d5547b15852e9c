/** Least and greatest of numbers, however many: `Math.min(...values)` fails where they do not fit on the stack. */
export function extent(values: Iterable<number>): [least: number, greatest: number] {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  return [least, greatest]
}
