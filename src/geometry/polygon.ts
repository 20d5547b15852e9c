import { DataError } from '../errors.ts'
import type { Box, Size } from './boxes.ts'
import type { Rle } from './rle.ts'
import { mergeRles } from './rle-merge.ts'
import { sortRuns } from './sorted-runs.ts'

/** One ring, x0 y0 x1 y1 ... in absolute pixels; it closes itself. */
export type Polygon = readonly number[]

/** Cells of the rasteriser's finer grid per pixel and axis. */
const GRID = 5
/** The cell in the middle of a pixel. */
const CENTRE = 2
/** Pixel columns that the edges of a ring may pass, all together; 1000 edges across a picture of 16,000 are as many. */
const MOST_CHANGES = 2 ** 24
/** Pixels; beyond them a coordinate is a mistake. */
export const FARTHEST = 1e7

/**
 * Mask of a polygon exactly as COCO's mask API rasterises it: the outline is walked on a grid five times
 * finer (coordinates become trunc(5 x + 0.5)), and where it passes the centre line of a pixel column the mask
 * changes at the first row whose centre is not above the outline. Throws `DataError` for fewer than
 * three points, an odd count of numbers, and coordinates that are no numbers or beyond `FARTHEST`, and for
 * edges that cross 2^24 pixel columns and more; `where` names the polygon.
 */
export function polygonToRle(polygon: Polygon, { height, width }: Size, where?: string): Rle {
  if (polygon.length < 6 || polygon.length % 2 !== 0) {
    throw new DataError('polygon is malformed', {
      where,
      expected: 'x and y of at least three points',
      got: `${polygon.length} numbers`,
    })
  }
  const ring = polygon.map((coordinate) => toGrid(coordinate, where))
  const columns = columnsPassed(ring, width)
  if (columns > MOST_CHANGES) throw tooManyChanges(where)
  const changes = columns <= scratch.length ? scratch : new Float64Array(columns)
  let count = 0
  for (let i = 0, from = ring.length - 2; i < ring.length; from = i, i += 2) {
    const [x1, y1, x2, y2] = [ring[from], ring[from + 1], ring[i], ring[i + 1]]
    const isFlat = Math.abs(x2 - x1) >= Math.abs(y2 - y1)
    count = (isFlat ? crossFlat : crossSteep)(x1, y1, x2, y2, height, width, changes, count)
  }
  sortRuns(changes, count)
  return { size: [height, width], counts: runsBetween(changes, count, height * width) }
}

/** Room for the changes of most polygons. */
const scratch = new Float64Array(4096)

function tooManyChanges(where?: string): DataError {
  return new DataError('polygon crosses its image to and fro too often', {
    where,
    expected: `edges over at most ${MOST_CHANGES} pixel columns together`,
    hint: 'Is the size of the image right, and are the points in order?',
  })
}

/** Union of the rasterised rings. */
export function polygonsToRle(polygons: readonly Polygon[], size: Size, where?: string): Rle {
  if (polygons.length === 0) return { size: [size.height, size.width], counts: [size.height * size.width] }
  return mergeRles(polygons.map((polygon) => polygonToRle(polygon, size, where)))
}

/** Mask of a box, by the same rules as a polygon of its four corners. */
export function boxToRle(box: Box, size: Size, where?: string): Rle {
  return polygonToRle(boxToPolygon(box), size, where)
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

function toGrid(coordinate: number, where?: string): number {
  if (!(Math.abs(coordinate) <= FARTHEST)) {
    throw new DataError('polygon has an impossible coordinate', {
      where,
      expected: `a number of pixels within ${FARTHEST}`,
      got: `${coordinate}`,
    })
  }
  return Math.trunc(GRID * coordinate + 0.5)
}

/** First column whose centre line an edge passes that spans fine columns `left` and beyond. */
function firstColumn(left: number): number {
  return Math.max(0, Math.ceil((left - CENTRE) / GRID))
}

/** The first column that it no longer passes, `right` being its other end. */
function endColumn(right: number, width: number): number {
  return Math.min(width, Math.floor((right - CENTRE - 1) / GRID) + 1)
}

function columnsPassed(ring: readonly number[], width: number): number {
  let columns = 0
  for (let i = 0, from = ring[ring.length - 2]; i < ring.length; from = ring[i], i += 2) {
    const [left, right] = [Math.min(from, ring[i]), Math.max(from, ring[i])]
    columns += Math.max(0, endColumn(right, width) - firstColumn(left))
  }
  return columns
}

/**
 * The grid points of an edge lie one step apart on its longer axis; on the other they are rounded, with the slope
 * taken from the end that comes first on the longer axis, so that an edge and its reverse have the same points.
 * The mask changes between the points in fine columns 5 x + CENTRE and the next one, at the upper of the two.
 * These columns alone are visited, so the cost of an edge is that of the pixel columns it passes. They are visited in the
 * edge's own direction: the changes of edges that go on the same way are in order. Takes and gives the number of changes.
 */
function crossFlat(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  height: number,
  width: number,
  changes: Float64Array,
  count: number,
): number {
  const ahead = x1 <= x2
  const [left, right] = ahead ? [x1, x2] : [x2, x1]
  const start = ahead ? y1 : y2
  const slope = (ahead ? y2 - y1 : y1 - y2) / (right - left)
  const [first, end] = [firstColumn(left), endColumn(right, width)]
  for (let i = first; i < end; i++) {
    const x = ahead ? i : end - 1 - (i - first)
    const t = GRID * x + CENTRE - left + (slope < 0 ? 1 : 0)
    changes[count++] = changeAt(x, Math.trunc(start + slope * t + 0.5), height)
  }
  return count
}

/** The same for an edge that is longer in y. */
function crossSteep(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  height: number,
  width: number,
  changes: Float64Array,
  count: number,
): number {
  const ahead = x1 <= x2
  const [left, right] = ahead ? [x1, x2] : [x2, x1]
  const top = Math.min(y1, y2)
  const steps = Math.abs(y2 - y1)
  const start = y1 <= y2 ? x1 : x2
  const slope = (y1 <= y2 ? x2 - x1 : x1 - x2) / steps
  const rising = slope > 0
  const [first, end] = [firstColumn(left), endColumn(right, width)]
  for (let i = first; i < end; i++) {
    const x = ahead ? i : end - 1 - (i - first)
    const next = GRID * x + CENTRE + 1
    // The first point on the far side: near where the line says, settled by the rounded points themselves.
    let t = Math.min(Math.max(Math.ceil((next - 0.5 - start) / slope), 1), steps)
    while (t > 1 && Math.trunc(start + slope * (t - 1) + 0.5) >= next === rising) t--
    while (t < steps && Math.trunc(start + slope * t + 0.5) >= next !== rising) t++
    changes[count++] = changeAt(x, top + t - 1, height)
  }
  return count
}

/** Where the mask changes in column `x`: at the first pixel whose centre is not above fine row `row`. */
function changeAt(x: number, row: number, height: number): number {
  return x * height + Math.min(Math.max(Math.ceil((row - CENTRE) / GRID), 0), height)
}

/** Run lengths between sorted positions at which the mask flips; two flips at one place cancel out. */
function runsBetween(changes: Float64Array, count: number, pixels: number): number[] {
  const counts: number[] = []
  let start = 0
  for (let i = 0; i < count; i++) {
    if (i + 1 < count && changes[i] === changes[i + 1]) i++
    else {
      counts.push(changes[i] - start)
      start = changes[i]
    }
  }
  if (pixels > start || counts.length === 0) counts.push(pixels - start)
  return counts
}
