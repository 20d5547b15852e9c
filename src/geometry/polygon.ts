import { DataError } from '../errors.ts'
import type { Box, Size } from './boxes.ts'
import type { Rle } from './rle.ts'
import { mergeRles } from './rle-merge.ts'

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
  const changes: number[] = []
  let fromX = toGrid(polygon[polygon.length - 2], where)
  let fromY = toGrid(polygon[polygon.length - 1], where)
  for (let i = 0; i < polygon.length; i += 2) {
    const toX = toGrid(polygon[i], where)
    const toY = toGrid(polygon[i + 1], where)
    if (Math.abs(toX - fromX) >= Math.abs(toY - fromY))
      crossFlat(fromX, fromY, toX, toY, height, width, changes)
    else crossSteep(fromX, fromY, toX, toY, height, width, changes)
    if (changes.length > MOST_CHANGES) throw tooManyChanges(where)
    fromX = toX
    fromY = toY
  }
  const pixels = height * width
  const sorted = (pixels < 2 ** 32 ? new Uint32Array(changes) : new Float64Array(changes)).sort()
  return { size: [height, width], counts: runsBetween(sorted, pixels) }
}

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

/**
 * The grid points of an edge lie one step apart on its longer axis; on the other they are rounded, with the slope
 * taken from the end that comes first on the longer axis, so that an edge and its reverse have the same points.
 * The mask changes between the points in fine columns 5 x + CENTRE and the next one, at the upper of the two.
 * These columns alone are visited, so the cost of an edge is that of the pixel columns it passes.
 */
function crossFlat(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  height: number,
  width: number,
  changes: number[],
): void {
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)]
  const start = x1 <= x2 ? y1 : y2
  const slope = (x1 <= x2 ? y2 - y1 : y1 - y2) / (right - left)
  const end = Math.min(width, Math.floor((right - CENTRE - 1) / GRID) + 1)
  for (let x = Math.max(0, Math.ceil((left - CENTRE) / GRID)); x < end; x++) {
    const t = GRID * x + CENTRE - left + (slope < 0 ? 1 : 0)
    addChange(x, Math.trunc(start + slope * t + 0.5), height, changes)
  }
}

/** The same for an edge that is longer in y. */
function crossSteep(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  height: number,
  width: number,
  changes: number[],
): void {
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)]
  const top = Math.min(y1, y2)
  const steps = Math.abs(y2 - y1)
  const start = y1 <= y2 ? x1 : x2
  const slope = (y1 <= y2 ? x2 - x1 : x1 - x2) / steps
  const rising = slope > 0
  const end = Math.min(width, Math.floor((right - CENTRE - 1) / GRID) + 1)
  for (let x = Math.max(0, Math.ceil((left - CENTRE) / GRID)); x < end; x++) {
    const next = GRID * x + CENTRE + 1
    // The first point on the far side: near where the line says, settled by the rounded points themselves.
    let t = Math.min(Math.max(Math.ceil((next - 0.5 - start) / slope), 1), steps)
    while (t > 1 && Math.trunc(start + slope * (t - 1) + 0.5) >= next === rising) t--
    while (t < steps && Math.trunc(start + slope * t + 0.5) >= next !== rising) t++
    addChange(x, top + t - 1, height, changes)
  }
}

/** The mask changes in column `x` at the first pixel whose centre is not above fine row `row`. */
function addChange(x: number, row: number, height: number, changes: number[]): void {
  changes.push(x * height + Math.min(Math.max(Math.ceil((row - CENTRE) / GRID), 0), height))
}

/** Run lengths between sorted positions at which the mask flips; two flips at one place cancel out. */
function runsBetween(changes: Uint32Array | Float64Array, pixels: number): number[] {
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
