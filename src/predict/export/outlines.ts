import { type MaskPolygon, maskToPolygons } from '../../geometry/contour.ts'
import type { Polygon } from '../../geometry/polygon.ts'
import { simplifyRings } from '../../geometry/simplify-rings.ts'
import { smoothRing } from '../../geometry/smooth-ring.ts'
import type { Instance } from '../instance.ts'
import type { OUTLINES } from './export-choices.ts'

export interface OutlineOptions {
  /**
   * Outlines through the middles of the edges of pixels (`smooth`, the default), or along those edges, which give the mask
   * back to the last pixel (`pixels`).
   */
  readonly outline?: (typeof OUTLINES)[number]
  /** Points are left out where the outline stays within this many pixels of them. Default 0: none. */
  readonly simplify?: number
}

/** Pieces of an instance's mask, none where it is empty; its box where the model makes no masks. */
export function outlines(
  { mask, box: [x1, y1, x2, y2] }: Instance,
  { outline = 'smooth', simplify = 0 }: OutlineOptions = {},
): readonly MaskPolygon[] {
  if (!mask) return [{ outer: [x1, y1, x2, y1, x2, y2, x1, y2], holes: [] }]
  const pieces = maskToPolygons(mask.toRuns())
  const shaped = outline === 'pixels' ? pieces : pieces.map((piece) => mapRings(piece, smoothRing))
  if (simplify === 0) return shaped
  const rings = simplifyRings(
    shaped.flatMap(({ outer, holes }) => [outer, ...holes]),
    simplify,
  )
  let next = 0
  return shaped.map((piece) => mapRings(piece, () => rings[next++]))
}

function mapRings({ outer, holes }: MaskPolygon, change: (ring: Polygon) => Polygon): MaskPolygon {
  return { outer: change(outer), holes: holes.map(change) }
}

/** `[[x, y], ...]` of `x y x y ...`. */
export function points(ring: Polygon): [x: number, y: number][] {
  return Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]])
}
