import { maskTargets } from '../detection/mask-targets.ts'
import { type GroundTruth, groundTruth } from '../detection/match.ts'
import type { Proposals } from '../detection/proposals.ts'
import { type RoiTargetOptions, type RoiTargets, roiTargets } from '../detection/roi-targets.ts'
import type { RpnTargetOptions, RpnTargets } from '../detection/rpn-targets.ts'
import { GraphError } from '../errors.ts'
import { isKnown } from '../graph/dim.ts'
import { within } from '../graph/path.ts'
import type { Value } from '../graph/value.ts'
import { add, cast, div, stopGradient } from '../ops/elementwise.ts'
import { pick } from '../ops/gather.ts'
import { scalar } from '../ops/infer.ts'
import { concat, expand, reshape, sizeMul, sizeOf, sizeSub, sizes, slice } from '../ops/layout.ts'
import { reduceSum } from '../ops/reduce.ts'
import type { Dtype } from '../tensor/dtype.ts'
import type { BoxPredictions } from './heads/box.ts'
import { boxLosses } from './heads/box-loss.ts'
import { maskLoss } from './heads/mask-loss.ts'
import { rpnLosses } from './heads/rpn-loss.ts'
import type { AnchorPredictions } from './heads/rpn-samples.ts'
import type { ModelLosses, TrainingBatch } from './training-batch.ts'

export interface TwoStageTrainingConfig {
  readonly rpn: RpnTargetOptions
  readonly roi: RoiTargetOptions
}

/** A two-stage detector at work on a batch: what the first stage said, and the heads of the second. */
export interface TwoStageParts {
  /** Of all levels, `[A, 4]`. */
  readonly anchors: Value<'float32'>
  /** What the first stage says about anchors int64 `[S]`, counted over all images. */
  readonly predict: (chosen: Value<'int64'>) => AnchorPredictions
  /** Of each image. */
  readonly proposals: readonly Proposals[]
  /** Box predictions for rois `[R, 4]` in the images int64 `[R]`. */
  readonly boxes: (rois: Value<'float32'>, images: Value<'int64'>) => BoxPredictions
  /** Mask logits `[R, K, M, M]`; absent where the model has no masks. */
  readonly masks?: (rois: Value<'float32'>, images: Value<'int64'>) => Value<'float32'>
}

/** Names of the random inputs. */
export const RPN_PRIORITY = 'rpn_priority'
export const ROI_PRIORITY = 'roi_priority'

/**
 * Losses of Faster and Mask R-CNN over a batch, torchvision's sums and names. Matching, sampling and targets happen
 * in the graph and no gradient passes them. `roi_priority` `[N, P + G]` has places for the P proposals an image can
 * have, then for its ground truth.
 */
export function twoStageLosses(
  { anchors, predict, proposals, boxes, masks }: TwoStageParts,
  batch: TrainingBatch,
  { rpn, roi }: TwoStageTrainingConfig,
): ModelLosses {
  const truths = proposals.map((_, image) =>
    groundTruth(pick(batch.boxes, 0, image), pick(batch.labels, 0, image)),
  )
  const first = within('rpn.loss', () =>
    rpnLosses(anchors, predict, truths, random(batch, RPN_PRIORITY), rpn),
  )
  const rois = within('roi_heads.targets', () => sampledRois(truths, proposals, batch, roi))
  const { labels, weights, deltas, positiveBoxes, positiveImages } = rois
  const predicted = boxes(
    concat([positiveBoxes, rois.negativeBoxes], 0),
    concat([positiveImages, rois.negativeImages], 0),
  )
  const second = within('roi_heads.loss', () =>
    boxLosses(predicted.logits, predicted.deltas, { labels, weights, deltas }),
  )
  const losses = {
    loss_objectness: first.objectness,
    loss_rpn_box_reg: first.boxes,
    loss_classifier: second.classes,
    loss_box_reg: second.boxes,
  }
  return {
    losses: masks
      ? { ...losses, loss_mask: lossOfMasks(masks(positiveBoxes, positiveImages), batch, rois) }
      : losses,
    metrics: {
      rpn_positives: meanCount(first.targets),
      roi_positives: meanCount(rois.targets),
    },
    trace: traced(proposals, first.targets, rois.targets),
  }
}

interface SampledRois {
  readonly targets: readonly RoiTargets[]
  /** Positives of all images, then (in the model) the negatives. */
  readonly positiveBoxes: Value<'float32'>
  readonly positiveImages: Value<'int64'>
  readonly negativeBoxes: Value<'float32'>
  readonly negativeImages: Value<'int64'>
  readonly labels: Value<'int64'>
  readonly weights: Value<'float32'>
  readonly deltas: Value<'float32'>
  /** Place of each positive's ground truth among the N * G of the batch. */
  readonly owners: Value<'int64'>
}

function sampledRois(
  truths: readonly GroundTruth[],
  proposals: readonly Proposals[],
  batch: TrainingBatch,
  options: RoiTargetOptions,
): SampledRois {
  const priority = random(batch, ROI_PRIORITY)
  const instances = sizeOf(batch.labels, 1)
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

function lossOfMasks(
  logits: Value<'float32'>,
  { masks }: TrainingBatch,
  { positiveBoxes, owners, labels, weights }: SampledRois,
): Value<'float32'> {
  return within('roi_heads.mask_loss', () => {
    if (!masks) {
      throw new GraphError('the batch has no masks', { hint: 'Train a model without masks, or give them.' })
    }
    const side = logits.shape[logits.shape.length - 1]
    if (!isKnown(side)) throw new GraphError('the side of the mask logits must be known', { got: side })
    return maskLoss(logits, labels, maskTargets(masks, positiveBoxes, owners, side), weights)
  })
}

function traced(
  proposals: readonly Proposals[],
  first: readonly RpnTargets[],
  second: readonly RoiTargets[],
): Record<string, Value> {
  const trace: Record<string, Value> = {}
  for (const [i, { boxes }] of proposals.entries()) {
    const roi = second[i]
    trace[`rpn_proposals.${i}`] = boxes
    trace[`rpn_sampled_pos.${i}`] = real(first[i].positive, first[i])
    trace[`rpn_sampled_neg.${i}`] = first[i].negative
    trace[`roi_sampled_pos.${i}`] = real(roi.positive, roi)
    trace[`roi_sampled_neg.${i}`] = roi.negative
    trace[`roi.${i}.positive_boxes`] = real(roi.positiveBoxes, roi)
    trace[`roi.${i}.negative_boxes`] = roi.negativeBoxes
    trace[`roi.${i}.positive_matched_gt`] = real(roi.matched, roi)
    trace[`roi.${i}.positive_labels`] = real(roi.labels, roi)
    trace[`roi.${i}.positive_reg_targets`] = real(roi.deltas, roi)
  }
  return trace
}

/** The rows of positives without the one that stands for none. */
function real(rows: Value, { positiveWeight }: Pick<RoiTargets, 'positiveWeight'>): Value {
  return slice(rows, 0, 0, reshape(cast(reduceSum(positiveWeight), 'int64'), [1]))
}

/** Real positives an image, on average. */
function meanCount(targets: readonly { readonly positiveWeight: Value<'float32'> }[]): Value<'float32'> {
  const counts = targets.map(({ positiveWeight }) => reduceSum(positiveWeight))
  return div(
    counts.reduce((a, b) => add(a, b)),
    targets.length,
  )
}

/** The number `image` as often as `rows` has entries. */
function filled(image: number, rows: Value): Value<'int64'> {
  return expand(scalar('int64', image), [sizeOf(rows, 0)])
}

function random({ random: given }: TrainingBatch, name: string): Value<'float32'> {
  const value = given.get(name)
  if (value) return value
  throw new GraphError('the batch lacks random numbers that the model asks for', { where: name })
}
