import type { Value } from '../graph/value.ts'
import { maximum } from '../ops/elementwise.ts'
import { concat, reshape, type Size, sizeOf, slice } from '../ops/layout.ts'
import { nonMaxSuppression } from '../ops/select.ts'

/** More than any image has boxes. */
const NO_LIMIT = 2 ** 31 - 1

export interface SuppressOptions {
  readonly iouThreshold: number
  /** Whether a box goes at an IoU equal to the threshold too. Default: only above it. */
  readonly dropsEqual?: boolean
  readonly limit?: number
}

/**
 * Greedy non-maximum suppression of one class: boxes `[n, 4]`, scores `[n]` -> indices of the kept boxes `[m]`, by
 * falling score, equal scores by rising index. A box goes when its IoU with a kept one is greater than the threshold;
 * empty and inverted boxes have none. At most `limit` are kept.
 */
export function suppress(
  boxes: Value<'float32'>,
  scores: Value<'float32'>,
  { limit = NO_LIMIT, ...thresholds }: SuppressOptions,
): Value<'int64'> {
  const count: Size = sizeOf(boxes, 0)
  const kept = nonMaxSuppression(
    reshape(emptiedInverted(boxes), [1, count, 4]),
    reshape(scores, [1, 1, count]),
    { maxPerClass: limit, ...thresholds },
  )
  return column(kept, 2)
}

/**
 * Suppression within each of K classes that have boxes of their own: boxes `[K, P, 4]`, scores `[K, P]`, where only
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

/** ONNX takes any two opposite corners for a box; torchvision finds no area between inverted ones. */
function emptiedInverted(boxes: Value<'float32'>): Value<'float32'> {
  const first = slice(boxes, 1, 0, 2)
  return concat([first, maximum(first, slice(boxes, 1, 2, 4))], 1)
}

function column(rows: Value<'int64'>, index: number): Value<'int64'> {
  return reshape(slice(rows, 1, index, index + 1), [sizeOf(rows, 0)])
}
