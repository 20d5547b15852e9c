import { expect, it } from 'vitest'
import { constantRate, cosine, multiStep, warmUp } from './schedule.ts'

it('falls at milestones', () => {
  const rate = multiStep(1, { milestones: [10, 20], gamma: 0.5 })
  expect([0, 9, 10, 19, 20, 100].map(rate)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25])
})

it('follows half a cosine and stays', () => {
  const rate = cosine(2, { steps: 4, final: 1 })
  // cos(pi / 4) = 0.70710678: 1 + 0.5 * 1.70710678.
  const expected = [2, 1.8535534, 1.5, 1.1464466, 1, 1]
  for (const [step, value] of expected.entries()) expect(rate(step)).toBeCloseTo(value, 6)
})

it('warms up in a line', () => {
  const rate = warmUp(constantRate(8), { steps: 4, factor: 0.5 })
  expect([0, 1, 2, 4, 9].map(rate)).toEqual([4, 5, 6, 8, 8])
  expect(() => warmUp(constantRate(1), { steps: 0 })).toThrow('above 0')
})
