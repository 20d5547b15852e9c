import { expect, it } from 'vitest'
import { Histogram } from './histogram.ts'

it('counts by distance from 0 on both sides, and leaves zeros out', () => {
  const histogram = new Histogram()
  histogram.add(Float32Array.of(0, 1, 0.25, -0.5, 0))
  expect(histogram.width).toBe(1 / 2048)
  // The largest is the limit itself and belongs to the last bin.
  expect([histogram.positive[2047], histogram.positive[512], histogram.negative[1024]]).toEqual([1, 1, 1])
  expect(histogram.positive.reduce((sum, count) => sum + count)).toBe(2)
})

it('widens by doubling, and keeps what was counted', () => {
  const histogram = new Histogram()
  histogram.add(Float32Array.of(1 / 2048, 1, -1))
  histogram.add(Float32Array.of(3))
  expect(histogram.width).toBe(4 / 2048)
  expect([histogram.positive[0], histogram.positive[511], histogram.positive[1536]]).toEqual([1, 1, 1])
  expect(histogram.negative[511]).toBe(1)
})
