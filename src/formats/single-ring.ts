import type { Segmentation } from '../data/dataset.ts'
import type { Size } from '../geometry/boxes.ts'
import { maskToPolygons } from '../geometry/contour.ts'
import { joinRings } from '../geometry/join-rings.ts'
import { type Polygon, polygonsToRle, polygonToRle } from '../geometry/polygon.ts'
import type { Rle } from '../geometry/rle.ts'

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
