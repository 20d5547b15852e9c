import { expect, it } from 'vitest'
import { generalizedBoxIou } from './boxes.ts'

it('generalised IoU goes on where boxes part', () => {
  expect(generalizedBoxIou([3, 4, 9, 8], [3, 4, 9, 8])).toBe(1)
  // Shared 1 of a union of 7, enclosed by 9.
  expect(generalizedBoxIou([0, 0, 2, 2], [1, 1, 3, 3])).toBeCloseTo(1 / 7 - 2 / 9, 12)
  // Two unit squares in an enclosing box of 4, then of 100.
  expect(generalizedBoxIou([0, 0, 1, 1], [3, 0, 4, 1])).toBe(-0.5)
  expect(generalizedBoxIou([0, 0, 1, 1], [9, 9, 10, 10])).toBe(-0.98)
})

it('generalised IoU of boxes without area is a number', () => {
  expect(generalizedBoxIou([5, 5, 5, 5], [5, 5, 5, 5])).toBe(0)
  expect(generalizedBoxIou([1, 1, 1, 3], [1, 4, 1, 6])).toBe(0)
  // Only the enclosing box has an area.
  expect(generalizedBoxIou([0, 0, 0, 0], [2, 2, 2, 2])).toBe(-1)
})
