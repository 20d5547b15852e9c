/** Outlines of objects, as they are drawn and edited. */

import type { Size } from '../../../../src/geometry/boxes.ts'
import { maskToPolygons } from '../../../../src/geometry/contour.ts'
import { joinRings } from '../../../../src/geometry/join-rings.ts'
import { polygonsToRle } from '../../../../src/geometry/polygon.ts'
import { type CompressedRle, decompressRle, type Rle } from '../../../../src/geometry/rle.ts'
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

/** Of a shape, or of its box where there is no mask. */
export function pixelsOf(shape: Shape | undefined, bbox: readonly number[] | undefined, size: Size): Rle {
  return shape && 'counts' in shape ? decompressRle(shape) : polygonsToRle(ringsOf(shape, bbox), size)
}

/** The box between two corners, on the picture. */
export function boxBetween(x1: number, y1: number, x2: number, y2: number, size: Size): number[] {
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)].map((x) => within(x, size.width))
  const [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)].map((y) => within(y, size.height))
  return [left, top, right - left, bottom - top]
}
