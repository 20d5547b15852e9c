import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bitmapOf } from '../../test/even-odd.ts'
import { polygonToRle } from '../geometry/polygon.ts'
import { encodeRle } from '../geometry/rle.ts'
import { singleRing } from './single-ring.ts'

describe('singleRing', () => {
  it('covers the pixels of any mask: pieces, holes, pieces in holes', () => {
    const bitmaps = fc.integer({ min: 1, max: 9 }).chain((width) =>
      fc.record({
        width: fc.constant(width),
        rows: fc.array(fc.array(fc.constantFrom(0, 1, 1), { minLength: width, maxLength: width }), {
          minLength: 1,
          maxLength: 9,
        }),
      }),
    )
    fc.assert(
      fc.property(bitmaps, ({ width, rows }) => {
        const size = { height: rows.length, width }
        const bitmap = rows.flat()
        const ring = singleRing(encodeRle(bitmap, size), size)
        expect(bitmapOf(ring, rows.length, width)).toEqual(bitmap)
        if (ring.length > 0) expect(polygonToRle(ring, size).counts).toEqual(encodeRle(bitmap, size).counts)
      }),
      { numRuns: 400, seed: 1 },
    )
  })

  it('keeps a ring as it is, and the corners of several', () => {
    const size = { height: 10, width: 10 }
    const triangle = [0.25, 0.5, 3, 0.5, 3, 3]
    expect(singleRing([triangle], size)).toBe(triangle)
    const joined = singleRing([triangle, [5, 5, 8, 5, 8, 8]], size)
    // Nearest corners: (3, 3) and (5, 5). There and back again: eight corners and the two of the bridge once more.
    expect(joined).toEqual([0.25, 0.5, 3, 0.5, 3, 3, 5, 5, 8, 5, 8, 8, 5, 5, 3, 3])
  })

  it('takes the outline of the union where rings overlap: even and odd would cut a hole', () => {
    const size = { height: 6, width: 6 }
    const ring = singleRing(
      [
        [0, 0, 4, 0, 4, 4, 0, 4],
        [2, 2, 6, 2, 6, 6, 2, 6],
      ],
      size,
    )
    const union = ['111100', '111100', '111111', '111111', '001111', '001111']
    expect(bitmapOf(ring, 6, 6)).toEqual([...union.join('')].map(Number))
  })

  it('is empty for an empty mask', () => {
    const size = { height: 2, width: 3 }
    expect(singleRing(encodeRle([0, 0, 0, 0, 0, 0], size), size)).toEqual([])
  })
})
