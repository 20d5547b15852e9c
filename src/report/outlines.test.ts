import { expect, it } from 'vitest'
import { encodeRle } from '../geometry/rle.ts'
import { boxPath, keypointPath, maskPath } from './outlines.ts'

it('goes round a mask along its pixels, and round its hole the other way', () => {
  const rows = [
    [0, 0, 0, 0, 0],
    [0, 1, 1, 1, 0],
    [0, 1, 0, 1, 0],
    [0, 1, 1, 1, 0],
  ]
  const rle = encodeRle(rows.flat(), { height: 4, width: 5 })
  // Clockwise from the upper left corner at 1 1; the hole is the pixel at 2 2, downwards first.
  expect(maskPath(rle)).toBe('M1 1h3v3h-3zM2 2v1h1v-1z')
})

it('draws boxes to a tenth of a pixel', () => {
  expect(boxPath([0.1, 0.2, 0.2, 10.04])).toBe('M0.1 0.2v10h0.2v-10z')
})

it('draws a diamond round each keypoint that is there', () => {
  expect(keypointPath([5, 6, 2, 0, 0, 0], 1.5)).toBe('M3.5 6l1.5 -1.5 1.5 1.5 -1.5 1.5z')
})
