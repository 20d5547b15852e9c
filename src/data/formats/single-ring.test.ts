import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { polygonToRle } from '../../geometry/polygon.ts'
import { encodeRle } from '../../geometry/rle.ts'
import { clipRing, singleRing } from './single-ring.ts'

/** Even-odd rule at a point, by counting crossings to its right. */
function isInside(ring: readonly number[], x: number, y: number): boolean {
  let crossings = 0
  for (let i = 0; i < ring.length; i += 2) {
    const [x1, y1, x2, y2] = [ring[i], ring[i + 1], ring[(i + 2) % ring.length], ring[(i + 3) % ring.length]]
    if (y1 > y !== y2 > y && x1 + ((y - y1) / (y2 - y1)) * (x2 - x1) > x) crossings++
  }
  return crossings % 2 === 1
}

/** Pixels whose centre lies in the ring, row by row. */
function bitmapOf(ring: readonly number[], height: number, width: number): number[] {
  return Array.from({ length: height * width }, (_, at) =>
    isInside(ring, (at % width) + 0.5, Math.floor(at / width) + 0.5) ? 1 : 0,
  )
}

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

describe('clipRing', () => {
  it('keeps what lies in the image: the same points are inside', () => {
    const coordinate = fc.integer({ min: -40, max: 160 }).map((at) => at / 8 + 0.03)
    const rings = fc
      .array(coordinate, { minLength: 6, maxLength: 20 })
      .map((at) => at.slice(0, at.length & ~1))
    fc.assert(
      fc.property(rings, (ring) => {
        const clipped = clipRing(ring, { height: 10, width: 12 })
        for (const [i, at] of clipped.entries()) {
          expect(at).toBeGreaterThanOrEqual(0)
          expect(at).toBeLessThanOrEqual(i % 2 ? 10 : 12)
        }
        expect(bitmapOf(clipped, 10, 12)).toEqual(bitmapOf(ring, 10, 12))
      }),
      { numRuns: 300, seed: 2 },
    )
  })

  it('cuts a square by hand, and leaves nothing of one outside', () => {
    const size = { height: 4, width: 4 }
    expect(clipRing([2, 2, 6, 2, 6, 6, 2, 6], size)).toEqual([2, 2, 4, 2, 4, 4, 2, 4])
    expect(clipRing([5, 0, 9, 0, 9, 3], size)).toEqual([])
  })
})
