/** Below this many values NumPy adds in one pass. */
const BLOCK = 128

/**
 * Sum of `values[from, to)` in the order NumPy's `add.reduce` adds float64: eight running sums per block of 128,
 * blocks halved recursively. Published figures are means of this sum, so their last digit depends on it.
 */
export function pairwiseSum(values: ArrayLike<number>, from = 0, to = values.length): number {
  const count = to - from
  if (count > BLOCK) {
    const middle = from + Math.floor(count / 2) - (Math.floor(count / 2) % 8)
    return pairwiseSum(values, from, middle) + pairwiseSum(values, middle, to)
  }
  if (count < 8) {
    let sum = 0
    for (let i = from; i < to; i++) sum += values[i]
    return sum
  }
  const lanes = [0, 1, 2, 3, 4, 5, 6, 7].map((lane) => values[from + lane])
  let at = from + 8
  for (; at + 8 <= to; at += 8) {
    for (let lane = 0; lane < 8; lane++) lanes[lane] += values[at + lane]
  }
  const [a, b, c, d, e, f, g, h] = lanes
  let sum = a + b + (c + d) + (e + f + (g + h))
  for (; at < to; at++) sum += values[at]
  return sum
}
