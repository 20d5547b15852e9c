import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskToPolygons } from './contour.ts'
import { polygonsToRle, signedArea } from './polygon.ts'
import { ringsMeet } from './rings-meet.ts'
import { decodeRle, encodeRle } from './rle.ts'
import { simplifyRings } from './simplify-rings.ts'
import { smoothRing } from './smooth-ring.ts'

const SIZE = { height: 24, width: 30 }

function maskOf(inside: (x: number, y: number) => boolean, { height, width } = SIZE) {
  return encodeRle(
    Array.from({ length: height * width }, (_, i) => Number(inside(i % width, Math.floor(i / width)))),
    { height, width },
  )
}

function iou(a: Uint8Array, b: Uint8Array): number {
  let [shared, either] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    shared += a[i] & b[i]
    either += a[i] | b[i]
  }
  return shared / either
}

describe('smoothRing', () => {
  it('cuts the corners of a square and keeps its sides', () => {
    // 3 x 2 pixels; half a pixel from each corner along each side.
    expect(smoothRing([1, 1, 4, 1, 4, 3, 1, 3])).toEqual([
      ...[1.5, 1, 3.5, 1, 4, 1.5, 4, 2.5],
      ...[3.5, 3, 1.5, 3, 1, 2.5, 1, 1.5],
    ])
    // Six square pixels less four eighths.
    expect(signedArea(smoothRing([1, 1, 4, 1, 4, 3, 1, 3]))).toBe(5.5)
  })

  it('gives masks of 100 pixels and more back with an IoU of 0.98', () => {
    for (const [rx, ry, tilt] of [
      [6, 6, 0],
      [9, 4, 0.5],
      [11, 3.2, 1.1],
      [5.7, 7.1, 0.2],
    ]) {
      const mask = maskOf((x, y) => {
        const [dx, dy] = [x - 14.3, y - 11.8]
        const [u, v] = [dx * Math.cos(tilt) + dy * Math.sin(tilt), dy * Math.cos(tilt) - dx * Math.sin(tilt)]
        return (u / rx) ** 2 + (v / ry) ** 2 <= 1
      })
      const bitmap = decodeRle(mask)
      expect(bitmap.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(100)
      const rings = maskToPolygons(mask).map(({ outer }) => smoothRing(outer))
      expect(iou(decodeRle(polygonsToRle(rings, SIZE)), bitmap)).toBeGreaterThanOrEqual(0.98)
    }
  })
})

describe('ringsMeet', () => {
  it('sees crossings, touching edges and rings that fold back, not shared corners', () => {
    const square = [0, 0, 4, 0, 4, 4, 0, 4]
    expect(ringsMeet([square])).toBe(false)
    expect(ringsMeet([[0, 0, 4, 4, 4, 0, 0, 4]])).toBe(true)
    expect(ringsMeet([square, [2, 2, 6, 2, 6, 6, 2, 6]])).toBe(true)
    expect(ringsMeet([square, [4, 4, 8, 4, 8, 8, 4, 8]])).toBe(false)
    expect(ringsMeet([square, [4, 1, 8, 0, 8, 2]])).toBe(true)
    expect(ringsMeet([[0, 0, 4, 0, 2, 0, 2, 3]])).toBe(true)
  })
})

describe('simplifyRings', () => {
  it('leaves out what lies within the tolerance and keeps what does not', () => {
    const ring = [0, 0, 5, 0.4, 10, 0, 10, 10, 0, 10]
    expect(simplifyRings([ring], 0.5)).toEqual([[0, 0, 10, 0, 10, 10, 0, 10]])
    expect(simplifyRings([ring], 0.3)).toEqual([ring])
  })

  it('never crosses, turns or loses a ring, and stays within the tolerance of every point', () => {
    const size = { height: 12, width: 12 }
    const bitmaps = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 144, maxLength: 144 })
    fc.assert(
      fc.property(bitmaps, fc.constantFrom(0.5, 1, 2, 6), fc.boolean(), (cells, tolerance, isSmooth) => {
        const mask = encodeRle(
          cells.map((cell) => Number(cell > 0)),
          size,
        )
        const corners = maskToPolygons(mask).flatMap(({ outer, holes }) => [outer, ...holes])
        const rings = isSmooth ? corners.map(smoothRing) : corners
        const simpler = simplifyRings(rings, tolerance)
        expect(simpler).toHaveLength(rings.length)
        expect(ringsMeet(simpler)).toBe(false)
        for (const [i, ring] of simpler.entries()) {
          expect(Math.sign(signedArea(ring))).toBe(Math.sign(signedArea(rings[i])))
          for (let p = 0; p < rings[i].length; p += 2) {
            expect(distanceTo(ring, rings[i][p], rings[i][p + 1])).toBeLessThanOrEqual(tolerance + 1e-9)
          }
        }
      }),
      { numRuns: 100, seed: 7 },
    )
  })
})

/** From a point to the nearest of many samples of a ring. */
function distanceTo(ring: readonly number[], x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length
    const [dx, dy] = [ring[j] - ring[i], ring[j + 1] - ring[i + 1]]
    const share = Math.min(
      1,
      Math.max(0, ((x - ring[i]) * dx + (y - ring[i + 1]) * dy) / (dx * dx + dy * dy)),
    )
    nearest = Math.min(nearest, Math.hypot(ring[i] + share * dx - x, ring[i + 1] + share * dy - y))
  }
  return nearest
}
