import type { Size } from '../../geometry/boxes.ts'
import { maskToPolygons } from '../../geometry/contour.ts'
import { joinRings } from '../../geometry/join-rings.ts'
import { type Polygon, polygonsToRle, polygonToRle } from '../../geometry/polygon.ts'
import type { Rle } from '../../geometry/rle.ts'
import type { Segmentation } from '../dataset.ts'

/**
 * The mask as one ring, for formats that have no more: pieces are joined, and holes opened to the outside, by bridges of no
 * width, there and back. Filled by the even-odd rule it covers the same pixels. Empty where the mask is.
 */
export function singleRing(segmentation: Segmentation, size: Size): Polygon {
  if ('counts' in segmentation) return ringOfMask(segmentation)
  if (segmentation.length === 1) return segmentation[0]
  const joined = joinRings(segmentation)
  const mask = polygonsToRle(segmentation, size)
  // Where rings overlap, even and odd would cut a hole: then the outline of the union is what is meant.
  return joined.length >= 6 && sameRuns(polygonToRle(joined, size), mask) ? joined : ringOfMask(mask)
}

function ringOfMask(mask: Rle): Polygon {
  return joinRings(maskToPolygons(mask).flatMap(({ outer, holes }) => [outer, ...holes]))
}

function sameRuns(a: Rle, b: Rle): boolean {
  return a.counts.length === b.counts.length && a.counts.every((count, i) => count === b.counts[i])
}

/** Whether every corner lies in the image, its border included. */
export function isInside(ring: Polygon, { height, width }: Size): boolean {
  return ring.every((at, i) => at >= 0 && at <= (i % 2 ? height : width))
}

/** The part of a ring that lies in the image (Sutherland and Hodgman 1974); empty where there is none. */
export function clipRing(ring: Polygon, { height, width }: Size): Polygon {
  let clipped = ring
  for (const [axis, limit, sign] of [
    [0, 0, 1],
    [0, width, -1],
    [1, 0, 1],
    [1, height, -1],
  ]) {
    clipped = clipSide(clipped, axis, limit, sign)
  }
  return clipped.length >= 6 ? clipped : []
}

/** What is left of a ring where `sign * (coordinate - limit) >= 0`. */
function clipSide(ring: Polygon, axis: number, limit: number, sign: number): Polygon {
  const kept: number[] = []
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length
    const here = sign * (ring[i + axis] - limit)
    const there = sign * (ring[j + axis] - limit)
    if (here >= 0) kept.push(ring[i], ring[i + 1])
    if (here >= 0 === there >= 0) continue
    const across = 1 - axis
    const share = here / (here - there)
    const crossing = ring[i + across] + share * (ring[j + across] - ring[i + across])
    kept.push(...(axis === 0 ? [limit, crossing] : [crossing, limit]))
  }
  return kept
}
