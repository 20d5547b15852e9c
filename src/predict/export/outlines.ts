import { type MaskPolygon, maskToPolygons } from '../../geometry/contour.ts'
import type { Polygon } from '../../geometry/polygon.ts'
import type { Instance } from '../instance.ts'

/** Pieces of an instance's mask, none where it is empty; its box where the model makes no masks. */
export function outlines({ mask, box: [x1, y1, x2, y2] }: Instance): readonly MaskPolygon[] {
  if (mask) return maskToPolygons(mask.toRuns())
  return [{ outer: [x1, y1, x2, y1, x2, y2, x1, y2], holes: [] }]
}

/** `[[x, y], ...]` of `x y x y ...`. */
export function points(ring: Polygon): [x: number, y: number][] {
  return Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]])
}
