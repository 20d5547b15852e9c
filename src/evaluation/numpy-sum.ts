/** NumPy's reduction takes values in buffers of this length, one after the other. */
const BUFFER = 8192
/** Up to this many values are added in one pass. */
const BLOCK = 128

/**
 * Sum of float64 values in the order of NumPy 1.24's `add.reduce`: buffers of 8192 one after the other, each halved
 * recursively down to blocks of 128, eight running sums per block. Published figures are means of this
 * sum, so their last digit depends on it. (NumPy 2 no longer cuts into buffers; the two differ by one unit
 * in the last place now and then.)
 */
export function numpySum(values: ArrayLike<number>): number {
  let sum = 0
  for (let from = 0; from < values.length; from += BUFFER) {
    sum += pairwiseSum(values, from, Math.min(from + BUFFER, values.length))
  }
  return sum
}

function pairwiseSum(values: ArrayLike<number>, from: number, to: number): number {
  const count = to - from
  if (count > BLOCK) {
    const half = Math.floor(count / 2)
    const middle = from + half - (half % 8)
    return pairwiseSum(values, from, middle) + pairwiseSum(values, middle, to)
  }
  let sum = 0
  let at = from
  if (count >= 8) {
    const lanes = [0, 1, 2, 3, 4, 5, 6, 7].map((lane) => values[from + lane])
    for (at += 8; at + 8 <= to; at += 8) {
      for (let lane = 0; lane < 8; lane++) lanes[lane] += values[at + lane]
    }
    const [a, b, c, d, e, f, g, h] = lanes
    sum = a + b + (c + d) + (e + f + (g + h))
  }
  for (; at < to; at++) sum += values[at]
  return sum
}
