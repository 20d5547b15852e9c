import type { Size } from '../geometry/boxes.ts'
import { type Rle, rleToBox } from '../geometry/rle.ts'
import { columnsOf, RunWriter } from '../geometry/rle-columns.ts'
import { rleIouMatrix } from '../geometry/rle-iou.ts'

/**
 * Overlaps for boundary AP, row-major [D, G]: the smaller of mask IoU and IoU of the boundaries alone, so that large
 * objects are not forgiven coarse outlines; against a crowd the mask overlap as it is. Source: Boundary IoU (Cheng et
 * al. 2021) and its reference implementation.
 * @param dilationRatio width of the boundary as a share of the image's diagonal; the paper's is 0.02
 */
export function boundaryIouMatrix(
  detections: readonly Rle[],
  groundTruths: readonly Rle[],
  isCrowd: readonly boolean[],
  size: Size,
  dilationRatio: number,
): Float64Array<ArrayBuffer> {
  const ious = rleIouMatrix(detections, groundTruths, isCrowd)
  const width = boundaryWidth(size, dilationRatio)
  const columns = groundTruths.length
  // The IoU of a mask that meets no other is 0 whatever its outline.
  const meets = (d: number, g: number) => ious[d * columns + g] > 0
  const outlines = rleIouMatrix(
    detections.map((mask, d) =>
      groundTruths.some((_, g) => meets(d, g)) ? maskBoundary(mask, width) : mask,
    ),
    groundTruths.map((mask, g) =>
      detections.some((_, d) => meets(d, g)) ? maskBoundary(mask, width) : mask,
    ),
    isCrowd,
  )
  for (let i = 0; i < ious.length; i++) {
    if (!isCrowd[i % columns]) ious[i] = Math.min(ious[i], outlines[i])
  }
  return ious
}

/** Pixels a boundary is wide: at least 1, halves to the even neighbour, as in the reference. */
export function boundaryWidth({ height, width }: Size, dilationRatio: number): number {
  const exact = dilationRatio * Math.sqrt(height ** 2 + width ** 2)
  const floor = Math.floor(exact)
  const up = exact - floor === 0.5 ? floor % 2 === 1 : exact - floor > 0.5
  return Math.max(1, floor + (up ? 1 : 0))
}

/**
 * Pixels of a mask from which some pixel outside it, or outside the image, is at most `width` away along both axes: the
 * mask without its erosion by a square of side 2 `width` + 1.
 */
export function maskBoundary(mask: Rle, width: number): Rle {
  const [x1, y1, x2, y2] = rleToBox(mask)
  const side = 2 * width + 1
  if (x2 - x1 < side || y2 - y1 < side) return mask
  const columns = columnsBetween(mask, x1, x2)
  const inner = intersectWindows(shorten(columns, width), side)
  return withoutInner(mask, columns, inner, x1, width)
}

/** Foreground intervals of neighbouring columns: those of column i are bounds[start[i]] up to bounds[end[i]], in pairs. */
interface Columns {
  readonly start: number[]
  readonly end: number[]
  readonly bounds: number[]
}

function emptyColumns(count: number): Columns {
  return { start: new Array(count).fill(0), end: new Array(count).fill(0), bounds: [] }
}

/** Columns x1 to x2 of a mask. */
function columnsBetween(mask: Rle, x1: number, x2: number): Columns {
  const { starts, rows } = columnsOf(mask)
  const places = Array.from(starts.subarray(x1, x2 + 1), (span) => 2 * span)
  return { start: places.slice(0, -1), end: places.slice(1), bounds: Array.from(rows) }
}

/** Erosion along the columns: every interval loses `by` at both ends. */
function shorten({ start, end, bounds }: Columns, by: number): Columns {
  const shorter = emptyColumns(start.length)
  for (let i = 0; i < start.length; i++) {
    shorter.start[i] = shorter.bounds.length
    for (let k = start[i]; k < end[i]; k += 2) {
      if (bounds[k + 1] - bounds[k] > 2 * by) shorter.bounds.push(bounds[k] + by, bounds[k + 1] - by)
    }
    shorter.end[i] = shorter.bounds.length
  }
  return shorter
}

/**
 * Erosion across the columns: entry i is what columns i to i + side - 1 all hold. In blocks of `side`, so that each
 * window is the end of one block and the beginning of the next (van Herk 1992): three intersections a column
 * however wide the window.
 */
function intersectWindows(columns: Columns, side: number): Columns {
  const count = columns.start.length
  const [ahead, back, windows] = [emptyColumns(count), emptyColumns(count), emptyColumns(count - side + 1)]
  for (let i = 0; i < count; i++) {
    if (i % side === 0) intersect(ahead, i, columns, i, columns, i)
    else intersect(ahead, i, ahead, i - 1, columns, i)
  }
  for (let i = count - 1; i >= 0; i--) {
    if (i % side === side - 1 || i === count - 1) intersect(back, i, columns, i, columns, i)
    else intersect(back, i, back, i + 1, columns, i)
  }
  for (let i = 0; i + side <= count; i++) intersect(windows, i, back, i, ahead, i + side - 1)
  return windows
}

/** Column `at` of `out` becomes what column `i` of `a` and column `j` of `b` share. */
function intersect(out: Columns, at: number, a: Columns, i: number, b: Columns, j: number): void {
  let [k, l] = [a.start[i], b.start[j]]
  out.start[at] = out.bounds.length
  while (k < a.end[i] && l < b.end[j]) {
    const from = Math.max(a.bounds[k], b.bounds[l])
    const [endA, endB] = [a.bounds[k + 1], b.bounds[l + 1]]
    const to = Math.min(endA, endB)
    if (from < to) out.bounds.push(from, to)
    if (endA <= endB) k += 2
    else l += 2
  }
  out.end[at] = out.bounds.length
}

/** Runs of `columns`, which begin at x1, without `inner`, which begins `width` columns later. */
function withoutInner({ size }: Rle, columns: Columns, inner: Columns, x1: number, width: number): Rle {
  const height = size[0]
  const runs = new RunWriter(size)
  for (let i = 0; i < columns.start.length; i++) {
    const offset = (x1 + i) * height
    const j = i - width
    let hole = inner.start[j] ?? 0
    const holesEnd = inner.end[j] ?? 0
    for (let k = columns.start[i]; k < columns.end[i]; k += 2) {
      let from = columns.bounds[k]
      const to = columns.bounds[k + 1]
      for (; hole < holesEnd && inner.bounds[hole] < to; hole += 2) {
        runs.add(offset + from, offset + inner.bounds[hole])
        from = inner.bounds[hole + 1]
      }
      runs.add(offset + from, offset + to)
    }
  }
  return runs.finish()
}
