import { expect, it } from 'vitest'
import { calibratedRange } from './calibration-method.ts'
import { Histogram } from './histogram.ts'
import { leastDivergence } from './least-divergence.ts'

/** Sums of four uniform numbers about 0 from a generator that Python repeats, to the third power: long tails. */
function longTailed(count: number): Float32Array {
  let state = 7
  const uniform = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return Float32Array.from({ length: count }, () => (uniform() + uniform() + uniform() + uniform() - 2) ** 3)
}

function observed(values: Float32Array) {
  const histogram = new Histogram()
  histogram.add(values)
  return { count: values.length, least: Math.min(0, ...values), greatest: Math.max(0, ...values), histogram }
}

it('takes everything by min-max', () => {
  expect(calibratedRange(observed(Float32Array.of(-1, 5)), 'min-max', 99)).toEqual({ low: -1, high: 5 })
  expect(calibratedRange(observed(Float32Array.of(2, 5)), 'min-max', 99)).toEqual({ low: 0, high: 5 })
})

it.each([
  // numpy.percentile of the same numbers, at (100 - p) / 2 and 100 - (100 - p) / 2.
  [99, -2.842018, 2.688617],
  [99.99, -6.171251, 5.886599],
])('takes the middle %d percent', (percentile, low, high) => {
  const range = calibratedRange(observed(longTailed(20000)), 'percentile', percentile)
  // Two bins of 8 / 2048.
  expect(Math.abs(range.low - low)).toBeLessThan(8 / 1024)
  expect(Math.abs(range.high - high)).toBeLessThan(8 / 1024)
})

it('never takes more than was seen, or less than what is always 0', () => {
  const seen = observed(Float32Array.of(0.3, 0.3, 0.3))
  expect(calibratedRange(seen, 'percentile', 100)).toEqual({ low: 0, high: Math.fround(0.3) })
  expect(calibratedRange(observed(new Float32Array(9)), 'percentile', 99)).toEqual({ low: 0, high: 0 })
  expect(calibratedRange(observed(new Float32Array(9)), 'entropy', 99)).toEqual({ low: 0, high: 0 })
})

it.each([
  // Migacz's procedure written down in Python with NumPy: bins that lose least, of all numbers of bins.
  [[40, 30, 20, 10, 4, 2, 1, 1], 4, 5],
  [[8, 0, 8, 0, 8, 0, 0, 1], 2, 5],
  [[100, 90, 70, 50, 30, 20, 10, 5, 3, 0, 1, 0, 0, 0, 0, 1], 4, 8],
  // No more bins than levels: nothing is to be won by cutting.
  [[3, 2, 1, 0], 8, 3],
])('cuts where the divergence is least: %j with %d levels', (counts, levels, bins) => {
  expect(leastDivergence(Float64Array.from(counts), levels)).toBe(bins)
})

it('cuts a long tail by entropy, and next to nothing of a short one', () => {
  const tails = calibratedRange(observed(longTailed(20000)), 'entropy', 99)
  expect(tails.high).toBeLessThan(4)
  const even = Float32Array.from({ length: 20000 }, (_, i) => i / 20000)
  expect(calibratedRange(observed(even), 'entropy', 99).high).toBeGreaterThan(0.98)
})
