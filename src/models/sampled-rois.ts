import { realRows } from '../detection/balanced-sample.ts'
import type { GroundTruth } from '../detection/match.ts'
import { type RoiTargetOptions, type RoiTargets, roiTargets } from '../detection/roi-targets.ts'
import type { Value } from '../graph/value.ts'
import type { Scope } from '../nn/scope.ts'
import { add, stopGradient } from '../ops/elementwise.ts'
import { pick } from '../ops/gather.ts'
import { scalar } from '../ops/infer.ts'
import { concat, expand, sizeMul, sizeOf, sizeSub, sizes, slice } from '../ops/layout.ts'
import type { Dtype } from '../tensor/dtype.ts'

/** Name of the random numbers that say which regions are sampled. */
export const ROI_PRIORITY = 'roi_priority'

/** Regions that the second stage learns from: the positives of all images, and the negatives. */
export interface SampledRois {
  readonly targets: readonly RoiTargets[]
  /** `[P, 4]`, and the image of each, int64 `[P]`. */
  readonly positiveBoxes: Value<'float32'>
  readonly positiveImages: Value<'int64'>
  readonly negativeBoxes: Value<'float32'>
  readonly negativeImages: Value<'int64'>
  /** Of the positives: class int64 `[P]`, weight `[P]` (0 in rows that only fill) and box deltas `[P, 4]`. */
  readonly labels: Value<'int64'>
  readonly weights: Value<'float32'>
  readonly deltas: Value<'float32'>
  /** Place of each positive's ground truth among the N * G of the batch, int64 `[P]`. */
  readonly owners: Value<'int64'>
}

/**
 * Samples from the proposals of N images and their ground truth, G rows each. `priority` `[N, P + G]` has places for the P
 * proposals an image can have, then for its ground truth. No gradient passes.
 */
export function sampleRois(
  truths: readonly GroundTruth[],
  proposals: readonly { readonly boxes: Value<'float32'> }[],
  priority: Value<'float32'>,
  options: RoiTargetOptions,
): SampledRois {
  const instances = sizeOf(truths[0].labels, 0)
  const targets = truths.map((truth, image) => {
    const boxes = stopGradient(proposals[image].boxes)
    const mine = pick(priority, 0, image)
    const ofProposals = slice(mine, 0, 0, sizeOf(boxes, 0))
    const ofTruth = slice(mine, 0, sizeSub(sizeOf(mine, 0), instances))
    return roiTargets(truth, boxes, concat([ofProposals, ofTruth], 0), options)
  })
  const join = <D extends Dtype>(part: (target: RoiTargets, image: number) => Value<D>) =>
    concat(targets.map(part), 0)
  return {
    targets,
    positiveBoxes: join((target) => target.positiveBoxes),
    positiveImages: join((target, image) => filled(image, target.positive)),
    negativeBoxes: join((target) => target.negativeBoxes),
    negativeImages: join((target, image) => filled(image, target.negative)),
    labels: join((target) => target.labels),
    weights: join((target) => target.positiveWeight),
    deltas: join((target) => target.deltas),
    owners: join((target, image) => add(target.matched, sizes([sizeMul(instances, image)]))),
  }
}

/** Keeps what was sampled, image by image, for whoever wants to look. */
export function tapRois(scope: Scope, { targets }: SampledRois): void {
  for (const [i, roi] of targets.entries()) {
    scope.tap(`roi_sampled_pos.${i}`, realRows(roi.positive, roi))
    scope.tap(`roi_sampled_neg.${i}`, roi.negative)
    scope.tap(`roi.${i}.positive_boxes`, realRows(roi.positiveBoxes, roi))
    scope.tap(`roi.${i}.negative_boxes`, roi.negativeBoxes)
    scope.tap(`roi.${i}.positive_matched_gt`, realRows(roi.matched, roi))
    scope.tap(`roi.${i}.positive_labels`, realRows(roi.labels, roi))
    scope.tap(`roi.${i}.positive_reg_targets`, realRows(roi.deltas, roi))
  }
}

/** The number `image` as often as `rows` has entries. */
function filled(image: number, rows: Value): Value<'int64'> {
  return expand(scalar('int64', image), [sizeOf(rows, 0)])
}
