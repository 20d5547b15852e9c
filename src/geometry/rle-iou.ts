import { ShapeError } from '../errors.ts'
import { type Rle, rleArea } from './rle.ts'

/**
 * IoU of every detection mask with every ground-truth mask, row-major [D, G], as COCO's mask API: against a
 * crowd the intersection is divided by the area of the detection alone, and no intersection is 0 even for
 * empty masks. Pairs without a column in common cost nothing. Throws `ShapeError` where sizes differ.
 */
export function rleIouMatrix(
  detections: readonly Rle[],
  groundTruths: readonly Rle[],
  isCrowd: readonly boolean[],
): Float64Array<ArrayBuffer> {
  const columns = groundTruths.length
  const ious = new Float64Array(detections.length * columns)
  const areas = groundTruths.map(rleArea)
  for (let d = 0; d < detections.length; d++) {
    const detection = detections[d]
    const first = firstPixel(detection)
    const end = endPixel(detection)
    let area = -1
    for (let g = 0; g < columns; g++) {
      const other = groundTruths[g]
      if (detection.size[0] !== other.size[0] || detection.size[1] !== other.size[1]) {
        throw new ShapeError('masks of different images are compared', {
          expected: `size [${other.size.join(', ')}]`,
          got: `[${detection.size.join(', ')}]`,
        })
      }
      const stop = Math.min(end, endPixel(other))
      if (Math.max(first, firstPixel(other)) >= stop) continue
      const shared = intersectionArea(detection.counts, other.counts, stop)
      if (shared === 0) continue
      if (area < 0) area = rleArea(detection)
      ious[d * columns + g] = shared / (isCrowd[g] ? area : area + areas[g] - shared)
    }
  }
  return ious
}

/** No pixel before it (column by column) is set. */
function firstPixel({ counts }: Rle): number {
  return counts[0] ?? 0
}

/** No pixel from it on is set. */
function endPixel({ size: [height, width], counts }: Rle): number {
  const tail = counts.length % 2 === 1 ? counts[counts.length - 1] : 0
  return height * width - tail
}

/** Pixels set in both masks before position `end` (column-major): sweeps the foreground intervals of both. */
function intersectionArea(a: Rle['counts'], b: Rle['counts'], end: number): number {
  let shared = 0
  let i = 1
  let j = 1
  if (i >= a.length || j >= b.length) return 0
  let startA = a[0]
  let startB = b[0]
  let endA = startA + a[1]
  let endB = startB + b[1]
  while (startA < end && startB < end) {
    const from = Math.max(startA, startB)
    const to = Math.min(endA, endB)
    if (to > from) shared += to - from
    if (endA <= endB) {
      i += 2
      if (i >= a.length) break
      startA = endA + a[i - 1]
      endA = startA + a[i]
    } else {
      j += 2
      if (j >= b.length) break
      startB = endB + b[j - 1]
      endB = startB + b[j]
    }
  }
  return shared
}
