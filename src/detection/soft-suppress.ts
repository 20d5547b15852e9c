import { constant, type Value } from '../graph/value.ts'
import { div, equal, exp, greater, greaterOrEqual, mul, sub, where } from '../ops/elementwise.ts'
import { gather, nonZero, scatterElements } from '../ops/gather.ts'
import { scalar } from '../ops/infer.ts'
import { type Size, sizeMin, sizeOf, squeeze, unsqueeze } from '../ops/layout.ts'
import { loop } from '../ops/loop.ts'
import { argMax, reduceMax } from '../ops/reduce.ts'
import { float32 } from '../tensor/tensor.ts'
import { pairwiseIou } from './match.ts'

/**
 * Soft-NMS (Bodla et al. 2017): boxes that overlap a better one lose score instead of falling. `linear`: times 1 - IoU where that
 * is above `iouThreshold`; `gaussian`: times exp(-IoU^2 / sigma). A box falls below `minScore`.
 */
export type SoftSuppression =
  | { readonly kind: 'linear'; readonly iouThreshold: number; readonly minScore: number }
  | { readonly kind: 'gaussian'; readonly sigma: number; readonly minScore: number }

export interface SoftlyKept {
  /** Of the boxes that are left, int64 `[m]`, by falling score. */
  readonly indices: Value<'int64'>
  /** What is left of their scores, `[m]`. */
  readonly scores: Value<'float32'>
}

/** Less than every score that counts. */
const TAKEN = -1

/**
 * Soft-NMS within each class: boxes `[n, 4]`, scores `[n]` and classes int64 `[n]` -> the best `limit` by the scores that are
 * left, equal ones by rising index (`softNms` of `geometry/nms.ts`, in float32). The best of all classes is taken each time,
 * which changes nothing within a class, so it ends after `limit` boxes.
 */
export function softSuppress(
  boxes: Value<'float32'>,
  scores: Value<'float32'>,
  classes: Value<'int64'>,
  suppression: SoftSuppression,
  limit: Size,
): SoftlyKept {
  const { minScore } = suppression
  const likely = squeeze(nonZero(greaterOrEqual(scores, minScore)), 0)
  const [own, first, kinds] = [gather(boxes, likely), gather(scores, likely), gather(classes, likely)]
  const most = sizeMin(sizeOf(likely, 0), limit)
  const { kept } = loop(most, [own, kinds, first] as const, ([places, labels, left]) => {
    const best = argMax(left, 0)
    const factor = decay(overlap(places, gather(places, best)), suppression)
    const isRival = equal(labels, gather(labels, best))
    const decayed = where(isRival, mul(left, factor), left)
    const next = scatterElements(decayed, unsqueeze(best, 0), constant(float32([TAKEN])), { axis: 0 })
    return {
      state: [places, labels, next] as const,
      goesOn: greaterOrEqual(reduceMax(next), scalar('float32', minScore)),
      kept: [best, gather(left, best)],
    }
  })
  const [indices, scoresLeft] = kept as readonly [Value<'int64'>, Value<'float32'>]
  return { indices: gather(likely, indices), scores: scoresLeft }
}

function decay(iou: Value<'float32'>, suppression: SoftSuppression): Value<'float32'> {
  if (suppression.kind === 'gaussian') return exp(div(mul(iou, iou), -suppression.sigma))
  return where(greater(iou, suppression.iouThreshold), sub(1, iou), 1)
}

/** IoU of boxes `[n, 4]` with one `[4]`, `[n]`; 0 for those without area. */
function overlap(boxes: Value<'float32'>, one: Value<'float32'>): Value<'float32'> {
  const iou = squeeze(pairwiseIou(boxes, unsqueeze(one, 0)), 1)
  return where(greater(iou, 0), iou, 0)
}
