import type { Value } from '../../graph/value.ts'
import { smoothL1, softmaxCrossEntropy, weightedMean } from '../../nn/losses.ts'
import { div, maximum, mul } from '../../ops/elementwise.ts'
import { scalar } from '../../ops/infer.ts'
import { concat, expand, reshape, sizeOf, slice } from '../../ops/layout.ts'
import { reduceSum } from '../../ops/reduce.ts'
import { rowsOfClass } from './class-rows.ts'

/** What the box head learns from: R rows, the P positives first. */
export interface BoxTargets {
  /** Classes of the positives, int64 `[P]`. */
  readonly labels: Value<'int64'>
  /** `[P]`, 0 in rows that only fill. */
  readonly weights: Value<'float32'>
  /** `[P, 4]`. */
  readonly deltas: Value<'float32'>
}

const BETA = 1 / 9

/**
 * Losses of the box head: logits `[R, K]` and class-wise deltas `[R, K * 4]`. Mean cross entropy over all rows; smooth
 * L1 of the positives' own class, summed and divided by the number of all rows (torchvision's `fastrcnn_loss`).
 */
export function boxLosses(
  logits: Value<'float32'>,
  deltas: Value<'float32'>,
  { labels, weights, deltas: wanted }: BoxTargets,
): { readonly classes: Value<'float32'>; readonly boxes: Value<'float32'> } {
  const [rows, classes, positives] = [sizeOf(logits, 0), sizeOf(logits, 1), sizeOf(labels, 0)]
  const negatives = sizeOf(slice(logits, 0, positives), 0)
  const all = concat([labels, expand(scalar('int64', 0), [negatives])], 0)
  const allWeights = concat([weights, expand(scalar('float32', 1), [negatives])], 0)
  const own = rowsOfClass(reshape(deltas, [rows, classes, 4]), labels)
  const perBox = reduceSum(smoothL1(own, wanted, { beta: BETA }), [1])
  return {
    classes: weightedMean(softmaxCrossEntropy(logits, all), allWeights),
    boxes: div(reduceSum(mul(perBox, weights)), maximum(reduceSum(allWeights), 1)),
  }
}
