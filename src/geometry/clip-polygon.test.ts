import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bitmapOf } from '../../test/even-odd.ts'
import { clipPolygon } from './clip-polygon.ts'
import { signedArea } from './polygon.ts'

const SIZE = { width: 100, height: 80 }

/** Random outlines, simple by construction, and the area of each within 100 x 80 as Shapely 2.1.2 intersects them. */
const RECORDED: readonly (readonly [ring: readonly number[], area: number])[] = [
  [[96.8, 35, 150.4, 54.6, 73.5, 79.3, 66.5, 47.5, 54.1, 51, 16.3, 24.8, 107.2, -28.3], 3916.32207],
  [[47.2, 59.2, 57.3, 64.7, -3.1, 63.7, -63.5, 43.1, -58.4, 18.9, -4.8, 30.3, 38.3, 4.3], 2164.721027],
  [[110.8, 82.4, 90.7, 75.9, 56.5, 93.5, 69, 62.1, 90.1, 13.2], 1414.379656],
  [[116.1, 24.7, 83.1, 35.7, 61.4, 86, 21.7, 17.8, 116.1, -7.8], 3334.18617],
  [[46.2, 111.6, 21.6, 67.6, 14.1, 18.1, 18.3, 19.8], 485.514052],
  [[79.3, 103.6, 16.3, 74.8, 10.1, 75.5, 40.7, 25.9, 43.2, -13, 73.4, -19.8, 87.1, 26], 4279.723059],
  [
    [137.6, 76.7, 106, 59, 87.1, 75.2, 75.6, 39.1, 79, 36.7, 68.5, 31.3, 103.5, 11.6, 130.2, -12.7],
    1077.423929,
  ],
  [[-23.2, 42.1, -43.1, 35.3, -19.4, -31.6, 14.5, -46.4, 33.3, -37.1], 32.728643],
  [
    [72.5, 86, 59.1, 90.3, -24.2, 85.5, -20.3, 81.6, -27, 70.4, -4.2, 70.5, -16.1, 54.3, 44.2, 35.6],
    2213.019548,
  ],
]

describe('clipPolygon', () => {
  it.each(RECORDED)('keeps the area inside the image of %j', (ring, area) => {
    const clipped = clipPolygon(ring, SIZE)
    expect(Math.abs(signedArea(clipped))).toBeCloseTo(area, 5)
    for (let i = 0; i < clipped.length; i += 2) {
      expect(clipped[i] >= 0 && clipped[i] <= 100 && clipped[i + 1] >= 0 && clipped[i + 1] <= 80).toBe(true)
    }
  })

  it('leaves a polygon inside as it is, and nothing of one outside', () => {
    expect(clipPolygon([1, 1, 9, 1, 9, 9], SIZE)).toEqual([1, 1, 9, 1, 9, 9])
    expect(clipPolygon([101, 1, 109, 1, 109, 9], SIZE)).toEqual([])
  })

  it('keeps what lies in the image: the same points are inside', () => {
    const coordinate = fc.integer({ min: -40, max: 160 }).map((at) => at / 8 + 0.03)
    const rings = fc
      .array(coordinate, { minLength: 6, maxLength: 20 })
      .map((at) => at.slice(0, at.length & ~1))
    fc.assert(
      fc.property(rings, (ring) => {
        const clipped = clipPolygon(ring, { height: 10, width: 12 })
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
    expect(clipPolygon([2, 2, 6, 2, 6, 6, 2, 6], size)).toEqual([2, 2, 4, 2, 4, 4, 2, 4])
    expect(clipPolygon([5, 0, 9, 0, 9, 3], size)).toEqual([])
  })
})
