import type { Value } from '../graph/value.ts'
import { equal, maximum, where } from '../ops/elementwise.ts'
import { gather } from '../ops/gather.ts'
import { concat, range, reshape, type Size, sizeMin, sizeOf, slice, unsqueeze } from '../ops/layout.ts'
import { nonMaxSuppression, topK } from '../ops/select.ts'

/** More than any image has boxes. */
const NO_LIMIT = 2 ** 31 - 1

export interface SuppressOptions {
  readonly iouThreshold: number
  /** Whether a box goes at an IoU equal to the threshold too. Default: only above it. */
  readonly dropsEqual?: boolean
  readonly limit?: number
}

/**
 * Greedy non-maximum suppression within each of K classes that have boxes of their own: boxes `[K, P, 4]`, scores `[K, P]`, where only
 * scores above `scoreThreshold` take part -> class and box index of the kept, `[m]` each, grouped by class.
 */
export function suppressPerClass(
  boxes: Value<'float32'>,
  scores: Value<'float32'>,
  options: SuppressOptions & { readonly scoreThreshold: number },
): { readonly classes: Value<'int64'>; readonly indices: Value<'int64'> } {
  const { limit = NO_LIMIT, ...thresholds } = options
  const perClass = reshape(scores, [sizeOf(scores, 0), 1, sizeOf(scores, 1)])
  const kept = nonMaxSuppression(boxes, perClass, { maxPerClass: limit, ...thresholds })
  return { classes: column(kept, 0), indices: column(kept, 2) }
}

/** Of another class; below every score. */
const NOT_ITS_CLASS = -1

/**
 * Suppression within classes of boxes `[C, 4]` with a score `[C]`, at least 0, and a class int64 `[C]` (from 0 to less than
 * `classCount`) each -> indices and scores of the kept `[m]`, over all classes by falling score, equal scores by rising index.
 * A box goes when its IoU with a kept one of its class is greater than the threshold; empty and inverted boxes have none. At most
 * `limit` are kept.
 */
export function suppressWithinClasses(
  boxes: Value<'float32'>,
  scores: Value<'float32'>,
  classes: Value<'int64'>,
  { classCount, limit = NO_LIMIT, ...thresholds }: SuppressOptions & { readonly classCount: Size },
): { readonly indices: Value<'int64'>; readonly scores: Value<'float32'> } {
  const isOfClass = equal(unsqueeze(range(classCount), 1), unsqueeze(classes, 0))
  const perClass = where(isOfClass, unsqueeze(scores, 0), NOT_ITS_CLASS)
  const kept = nonMaxSuppression(unsqueeze(emptiedInverted(boxes), 0), unsqueeze(perClass, 0), {
    maxPerClass: limit,
    scoreThreshold: NOT_ITS_CLASS,
    ...thresholds,
  })
  const found = column(kept, 2)
  const rising = topK(found, sizeOf(found, 0), { largest: false }).values
  const top = topK(gather(scores, rising), sizeMin(sizeOf(rising, 0), limit))
  return { indices: gather(rising, top.indices), scores: top.values }
}

/** ONNX takes any two opposite corners for a box; torchvision finds no area between inverted ones. */
function emptiedInverted(boxes: Value<'float32'>): Value<'float32'> {
  const first = slice(boxes, 1, 0, 2)
  return concat([first, maximum(first, slice(boxes, 1, 2, 4))], 1)
}

function column(rows: Value<'int64'>, index: number): Value<'int64'> {
  return reshape(slice(rows, 1, index, index + 1), [sizeOf(rows, 0)])
}
