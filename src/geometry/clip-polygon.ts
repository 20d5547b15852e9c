import type { Size } from './boxes.ts'
import type { Polygon } from './polygon.ts'

/**
 * The part of a polygon inside the image, edge by edge of the image (Sutherland and Hodgman 1974). Parts that fall
 * asunder stay joined by edges along the border, which enclose nothing. Empty where nothing is inside.
 */
export function clipPolygon(polygon: Polygon, { width, height }: Size): Polygon {
  let ring = polygon
  for (const [axis, limit, sign] of [
    [0, 0, 1],
    [0, width, -1],
    [1, 0, 1],
    [1, height, -1],
  ] as const) {
    const clipped: number[] = []
    for (let i = 0; i < ring.length; i += 2) {
      const j = (i + 2) % ring.length
      const [before, after] = [sign * (ring[i + axis] - limit), sign * (ring[j + axis] - limit)]
      if (before >= 0) clipped.push(ring[i], ring[i + 1])
      if (before >= 0 !== after >= 0) {
        const share = before / (before - after)
        const crossing = [
          ring[i] + share * (ring[j] - ring[i]),
          ring[i + 1] + share * (ring[j + 1] - ring[i + 1]),
        ]
        // Exactly on the border, whatever the rounding.
        crossing[axis] = limit
        clipped.push(...crossing)
      }
    }
    ring = clipped
  }
  return ring.length >= 6 ? ring : []
}
