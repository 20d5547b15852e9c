/** Outlines of objects, as they are drawn and edited. */
import { maskToPolygons } from '../../../../src/geometry/contour.ts'
import { joinRings } from '../../../../src/geometry/join-rings.ts'
import { type CompressedRle, decompressRle } from '../../../../src/geometry/rle.ts'
import { simplifyRings } from '../../../../src/geometry/simplify-rings.ts'
import type { Shape } from './coco-document.ts'

/** Rings to draw, holes included; those of a box where there is no mask. */
export function ringsOf(
  shape: Shape | undefined,
  bbox: readonly number[] | undefined,
): (readonly number[])[] {
  if (shape && 'counts' in shape) {
    return maskToPolygons(decompressRle(shape)).flatMap(({ outer, holes }) => [outer, ...holes])
  }
  if (shape && shape.length > 0) return [...shape]
  if (!bbox) return []
  const [x, y, width, height] = bbox
  return [[x, y, x + width, y, x + width, y + height, x, y + height]]
}

/** How far, in pixels, outlines that are edited may be from the pixels that they were. */
const TOLERANCE = 0.75

/** A ring for each part of a mask; holes are joined with it by a cut of no width. */
export function outlineOf(mask: CompressedRle): number[][] {
  return maskToPolygons(decompressRle(mask)).map(({ outer, holes }) => [
    ...joinRings(simplifyRings([outer, ...holes], TOLERANCE)),
  ])
}

/** The ring with one of its points at another place. */
export function movedPoint(ring: readonly number[], index: number, x: number, y: number): number[] {
  return ring.with(2 * index, x).with(2 * index + 1, y)
}

/** Keeps a point on the picture. */
export function within(value: number, most: number): number {
  return Math.min(most, Math.max(0, value))
}
