import { expect, it } from 'vitest'
import { copyAt } from './picture-copies.ts'

it('never takes a copy with fewer pixels than are seen, and the smallest of the others', () => {
  // Copies of 1, 1/2 and 1/4 of the width.
  const scales = [4, 1, 0.9, 0.51, 0.5, 0.3, 0.25, 0.1]
  expect(scales.map((scale) => copyAt(scale, 3))).toEqual([0, 0, 0, 0, 1, 1, 2, 2])
  expect(copyAt(0.1, 1)).toBe(0)
})
