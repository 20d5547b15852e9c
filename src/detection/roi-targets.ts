import type { Value } from '../graph/value.ts'
import { constant } from '../graph/value.ts'
import { and } from '../ops/elementwise.ts'
import { gather } from '../ops/gather.ts'
import { concat, expand, sizeOf } from '../ops/layout.ts'
import { tensor } from '../tensor/tensor.ts'
import { type BalancedSample, type SampleOptions, sampleBalanced } from './balanced-sample.ts'
import { encodeBoxes } from './box-coding.ts'
import { type GroundTruth, matchBoxes, matchedIndices } from './match.ts'

export interface RoiTargetOptions extends SampleOptions {
  readonly high: number
  readonly low: number
  /** Factors of dx, dy, dw, dh. */
  readonly weights: readonly [number, number, number, number]
}

export interface RoiTargets extends BalancedSample {
  /** Boxes of the sampled positives `[S+, 4]` and negatives `[S-, 4]`. */
  readonly positiveBoxes: Value<'float32'>
  readonly negativeBoxes: Value<'float32'>
  /** For each positive `[S+]`: which ground truth it stands for, and that one's class. */
  readonly matched: Value<'int64'>
  readonly labels: Value<'int64'>
  /** What the deltas of the positives should be, `[S+, 4]`. */
  readonly deltas: Value<'float32'>
}

/**
 * Boxes of one image that the second stage learns from. The ground truth itself joins the `proposals` `[P, 4]` as
 * candidates, after them (torchvision's `RoIHeads.select_training_samples`). `priority` `[P + G]` in [0, 1). The index of a
 * sampled box counts proposals first.
 */
export function roiTargets(
  truth: GroundTruth,
  proposals: Value<'float32'>,
  priority: Value<'float32'>,
  options: RoiTargetOptions,
): RoiTargets {
  const candidates = concat([proposals, truth.boxes], 0)
  const isCandidate = concat([trueRows(proposals), truth.isReal], 0)
  const { high, low } = options
  const match = matchBoxes(truth, candidates, { high, low, allowLowQuality: false })
  const sample = sampleBalanced(
    and(match.isPositive, isCandidate),
    and(match.isNegative, isCandidate),
    priority,
    options,
  )
  const positiveBoxes = gather(candidates, sample.positive)
  const matched = matchedIndices(match.iou, sample.positive)
  return {
    ...sample,
    positiveBoxes,
    negativeBoxes: gather(candidates, sample.negative),
    matched,
    labels: gather(truth.labels, matched),
    deltas: encodeBoxes(gather(truth.boxes, matched), positiveBoxes, options.weights),
  }
}

/** `[P]` of true for `[P, 4]`. */
function trueRows(rows: Value): Value<'bool'> {
  return expand(constant(tensor('bool', [1], Uint8Array.of(1))), [sizeOf(rows, 0)])
}
