import type { Rle } from './rle.ts'
import { columnsOf } from './rle-columns.ts'

type Point = readonly [x: number, y: number]

/**
 * Pixels whose centre lies in or on the convex hull of a mask: the hull of the middles of the edges of its pixels, as
 * scikit-image's `convex_hull_image` has it. 0 for an empty mask.
 */
export function convexArea(mask: Rle): number {
  const points = rimPoints(mask)
  if (points.length === 0) return 0
  const upper = chain(points, 1)
  const lower = chain(points, -1)
  let area = 0
  let [above, below] = [0, 0]
  const [[first], [last]] = [upper[0], upper[upper.length - 1]]
  for (let x = first + 1; x < last; x += 2) {
    while (upper[above + 1][0] < x) above++
    while (lower[below + 1][0] < x) below++
    area += Math.floor(rowAt(lower, below, x) / 2) - Math.ceil(rowAt(upper, above, x) / 2) + 1
  }
  return area
}

/** Middles of edges that can be corners of the hull, by x, then y; twice the distance from the centre of the first pixel. */
function rimPoints(mask: Rle): Point[] {
  const { starts, rows } = columnsOf(mask)
  const points: Point[] = []
  for (let x = 0; x + 1 < starts.length; x++) {
    if (starts[x] === starts[x + 1]) continue
    const [top, bottom] = [2 * rows[2 * starts[x]], 2 * (rows[2 * starts[x + 1] - 1] - 1)]
    points.push([2 * x, top - 1], [2 * x, bottom + 1])
    for (const side of [2 * x - 1, 2 * x + 1]) points.push([side, top], [side, bottom])
  }
  return points.sort(([ax, ay], [bx, by]) => ax - bx || ay - by)
}

/** One side of the hull from left to right (Andrew's monotone chain): of least y with `side` 1, of most with -1. */
function chain(points: readonly Point[], side: 1 | -1): Point[] {
  const hull: Point[] = []
  for (const [x, y] of points) {
    while (hull.length > 0) {
      const [bx, by] = hull[hull.length - 1]
      if (bx === x) {
        // Of points in one column the outer one counts.
        if (side * (y - by) >= 0) break
      } else if (hull.length === 1 || turn(hull[hull.length - 2], [bx, by], [x, y]) * side > 0) break
      hull.pop()
    }
    if (hull.length === 0 || hull[hull.length - 1][0] < x) hull.push([x, y])
  }
  return hull
}

function turn([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): number {
  return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
}

function rowAt(hull: readonly Point[], i: number, x: number): number {
  const [[ax, ay], [bx, by]] = [hull[i], hull[i + 1]]
  return (ay * (bx - ax) + (by - ay) * (x - ax)) / (bx - ax)
}
