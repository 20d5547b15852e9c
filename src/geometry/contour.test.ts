import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskToPolygons } from './contour.ts'
import { polygonToRle } from './polygon.ts'
import { decodeRle, encodeRle } from './rle.ts'

const bitmapOf = (rows: string[]) => Uint8Array.from(rows.join(''), Number)

describe('maskToPolygons', () => {
  it('follows pixel edges, pieces apart at corners, holes with the piece around them', () => {
    // A 3x3 ring around one hole in which nothing lies, and a pixel touching the ring at a corner only.
    const rle = encodeRle(bitmapOf(['00000', '01110', '01010', '01110', '00001']), { height: 5, width: 5 })
    expect(maskToPolygons(rle)).toEqual([
      { outer: [1, 1, 4, 1, 4, 4, 1, 4], holes: [[2, 2, 2, 3, 3, 3, 3, 2]] },
      { outer: [4, 4, 5, 4, 5, 5, 4, 5], holes: [] },
    ])
  })

  it('gives a hole to the innermost piece', () => {
    const rows = ['11111', '10001', '10101', '10001', '11111'].map((row) => row)
    const [around, within] = maskToPolygons(encodeRle(bitmapOf(rows), { height: 5, width: 5 }))
    expect(around.holes).toHaveLength(1)
    expect(within).toEqual({ outer: [2, 2, 3, 2, 3, 3, 2, 3], holes: [] })
  })

  it('is empty for an empty mask', () => {
    expect(maskToPolygons(encodeRle([0, 0], { height: 1, width: 2 }))).toEqual([])
  })

  it('covers exactly the mask', () => {
    const masks = fc
      .record({ height: fc.integer({ min: 1, max: 10 }), width: fc.integer({ min: 1, max: 10 }) })
      .chain((size) => {
        const pixels = size.height * size.width
        const bits = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: pixels, maxLength: pixels })
        return fc.record({ size: fc.constant(size), bits })
      })
    fc.assert(
      fc.property(masks, ({ size, bits }) => {
        const cover = new Int8Array(bits.length)
        const add = (ring: readonly number[], by: number) => {
          const inside = decodeRle(polygonToRle(ring, size))
          for (let i = 0; i < cover.length; i++) cover[i] += by * inside[i]
        }
        for (const { outer, holes } of maskToPolygons(encodeRle(bits, size))) {
          add(outer, 1)
          for (const hole of holes) add(hole, -1)
        }
        expect([...cover]).toEqual(bits)
      }),
      { numRuns: 300 },
    )
  })
})
