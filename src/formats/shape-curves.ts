import type { Polygon } from '../geometry/polygon.ts'

/** Corners of a full turn are no further from each other than this, in pixels, and at least so many. */
const STEP = 2
const FEWEST = 32
const MOST = 720

/**
 * Corners on an ellipse around (x, y): half axes rx and ry, turned by `angle` radians from x towards y. The polygon
 * has the area of the ellipse: its corners lie outside by as much as its sides lie inside.
 */
export function ellipseRing(x: number, y: number, rx: number, ry: number, angle = 0): Polygon {
  const corners = Math.min(MOST, Math.max(FEWEST, Math.ceil((2 * Math.PI * Math.max(rx, ry)) / STEP)))
  const turn = (2 * Math.PI) / corners
  const grow = Math.sqrt(turn / Math.sin(turn))
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return Array.from({ length: corners }, (_, i) => {
    const [a, b] = [grow * rx * Math.cos(i * turn), grow * ry * Math.sin(i * turn)]
    return [x + a * cos - b * sin, y + a * sin + b * cos]
  }).flat()
}
