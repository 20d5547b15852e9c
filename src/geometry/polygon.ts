import { DataError } from '../errors.ts'
import type { Box, Size } from './boxes.ts'
import type { Rle } from './rle.ts'
import { mergeRles } from './rle-merge.ts'

/** One ring, x0 y0 x1 y1 ... in absolute pixels; it closes itself. */
export type Polygon = readonly number[]

/** Cells of the rasteriser's finer grid per pixel and axis. */
const GRID = 5
/** Beyond this a coordinate is a mistake, and the walk along the outline would not end in any useful time. */
const FARTHEST = 1e7

/**
 * Mask of a polygon exactly as COCO's mask API rasterises it: the outline is walked on a grid five times
 * finer (coordinates become trunc(5 x + 0.5)), and where it passes the centre line of a pixel column the mask
 * changes at the first row whose centre is not above the outline. Throws `DataError` for fewer than
 * three points, an odd count of numbers, and coordinates that are not finite.
 */
export function polygonToRle(polygon: Polygon, { height, width }: Size): Rle {
  const points = polygon.length / 2
  if (points < 3 || !Number.isInteger(points)) {
    throw new DataError('polygon is malformed', {
      expected: 'x and y of at least three points',
      got: `${polygon.length} numbers`,
    })
  }
  const fine = polygon.map(toGrid)
  const changes: number[] = []
  let before: number | undefined
  let rowBefore = 0
  const visit = (column: number, row: number) => {
    if (before !== undefined && column !== before) {
      const x = (Math.min(column, before) - 2) / GRID
      if (Number.isInteger(x) && x >= 0 && x < width) {
        const y = Math.ceil((Math.min(row, rowBefore) - 2) / GRID)
        changes.push(x * height + Math.min(Math.max(y, 0), height))
      }
    }
    before = column
    rowBefore = row
  }
  for (let i = 0; i < points; i++) {
    const j = (i + 1) % points
    walkEdge(fine[2 * i], fine[2 * i + 1], fine[2 * j], fine[2 * j + 1], visit)
  }
  return { size: [height, width], counts: runsBetween(Float64Array.from(changes).sort(), height * width) }
}

/** Union of the rasterised rings. */
export function polygonsToRle(polygons: readonly Polygon[], size: Size): Rle {
  if (polygons.length === 0) return { size: [size.height, size.width], counts: [size.height * size.width] }
  return mergeRles(polygons.map((polygon) => polygonToRle(polygon, size)))
}

/** Mask of a box, by the same rules as a polygon of its four corners. */
export function boxToRle(box: Box, size: Size): Rle {
  return polygonToRle(boxToPolygon(box), size)
}

export function boxToPolygon([x1, y1, x2, y2]: Box): Polygon {
  return [x1, y1, x1, y2, x2, y2, x2, y1]
}

/** Area inside a ring (shoelace formula); with y pointing down it is positive for rings clockwise on screen. */
export function signedArea(polygon: Polygon): number {
  let twice = 0
  for (let i = 0; i < polygon.length; i += 2) {
    const j = (i + 2) % polygon.length
    twice += polygon[i] * polygon[j + 1] - polygon[j] * polygon[i + 1]
  }
  return twice / 2
}

function toGrid(coordinate: number): number {
  if (!(Math.abs(coordinate) <= FARTHEST)) {
    throw new DataError('polygon has an impossible coordinate', {
      expected: `a number of pixels within ${FARTHEST}`,
      got: `${coordinate}`,
    })
  }
  return Math.trunc(GRID * coordinate + 0.5)
}

/**
 * Every grid point of an edge from its start to its end, both included. The slope is always taken from the end
 * that lies lower on the major axis, so an edge and its reverse visit the same points. An edge of no
 * length visits nothing: its neighbours visit the point.
 */
function walkEdge(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  visit: (column: number, row: number) => void,
): void {
  const steps = Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1))
  if (steps === 0) return
  const flat = Math.abs(x2 - x1) >= Math.abs(y2 - y1)
  const reversed = flat ? x1 > x2 : y1 > y2
  const major = flat ? Math.min(x1, x2) : Math.min(y1, y2)
  const minor = flat ? (reversed ? y2 : y1) : reversed ? x2 : x1
  const slope = ((flat ? y2 - y1 : x2 - x1) * (reversed ? -1 : 1)) / steps
  for (let i = 0; i <= steps; i++) {
    const t = reversed ? steps - i : i
    const across = Math.trunc(minor + slope * t + 0.5)
    if (flat) visit(major + t, across)
    else visit(across, major + t)
  }
}

/** Run lengths between sorted positions at which the mask flips; two flips at one place cancel out. */
function runsBetween(changes: Float64Array, pixels: number): number[] {
  const counts: number[] = []
  let start = 0
  for (let i = 0; i < changes.length; i++) {
    if (changes[i] === changes[i + 1]) i++
    else {
      counts.push(changes[i] - start)
      start = changes[i]
    }
  }
  if (pixels > start || counts.length === 0) counts.push(pixels - start)
  return counts
}
