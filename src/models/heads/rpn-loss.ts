import type { GroundTruth } from '../../detection/match.ts'
import { type RpnTargetOptions, type RpnTargets, rpnTargets } from '../../detection/rpn-targets.ts'
import { within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { binaryCrossEntropyWithLogits, smoothL1, weightedMean } from '../../nn/losses.ts'
import { add, div, maximum, mul } from '../../ops/elementwise.ts'
import { pick } from '../../ops/gather.ts'
import { scalar } from '../../ops/infer.ts'
import { concat, expand, type Size, sizeMul, sizeOf, sizes, slice, squeeze } from '../../ops/layout.ts'
import { reduceSum } from '../../ops/reduce.ts'
import type { Dtype } from '../../tensor/dtype.ts'
import type { AnchorPredictions } from './rpn-samples.ts'

export interface RpnLosses {
  /** Mean cross entropy of the sampled anchors. */
  readonly objectness: Value<'float32'>
  /** Smooth L1 of the positive anchors, summed and divided by the number of all sampled anchors. */
  readonly boxes: Value<'float32'>
  /** Per image. */
  readonly targets: readonly RpnTargets[]
}

/** Where torchvision's smooth L1 becomes a line. */
const BETA = 1 / 9

/**
 * Losses of the region proposal network over N images (Ren et al. 2015, eq. 1, as torchvision weighs it). `anchors`
 * `[A, 4]` are those of all levels, `priority` is `[N, A]`. `predict` is asked for the sampled anchors alone, int64 `[S]`
 * counted over all images.
 */
export function rpnLosses(
  anchors: Value<'float32'>,
  predict: (chosen: Value<'int64'>) => AnchorPredictions,
  truths: readonly GroundTruth[],
  priority: Value<'float32'>,
  options: RpnTargetOptions,
): RpnLosses {
  const count = sizeOf(anchors, 0)
  const targets = within('targets', () =>
    truths.map((truth, image) => rpnTargets(truth, anchors, pick(priority, 0, image), options)),
  )
  const join = <D extends Dtype>(part: (target: RpnTargets, image: number) => Value<D>) =>
    concat(targets.map(part), 0)
  const positive = join((target, image) => shifted(target.positive, image, count))
  const negative = join((target, image) => shifted(target.negative, image, count))
  const positiveWeight = join((target) => target.positiveWeight)
  const { objectness, deltas } = predict(concat([positive, negative], 0))
  const [positives, negatives] = [sizeOf(positive, 0), sizeOf(negative, 0)]
  const fill = (value: number) => expand(scalar('float32', value), [negatives])
  const isObject = concat([positiveWeight, fill(0)], 0)
  const weights = concat([positiveWeight, fill(1)], 0)
  const wanted = join((target) => target.deltas)
  const perBox = reduceSum(smoothL1(slice(deltas, 0, 0, positives), wanted, { beta: BETA }), [1])
  return {
    objectness: weightedMean(binaryCrossEntropyWithLogits(squeeze(objectness, 1), isObject), weights),
    boxes: div(reduceSum(mul(perBox, positiveWeight)), maximum(reduceSum(weights), 1)),
    targets,
  }
}

/** Indices into the anchors of one image as indices into those of all. */
function shifted(indices: Value<'int64'>, image: number, count: Size): Value<'int64'> {
  return image === 0 ? indices : add(indices, sizes([sizeMul(count, image)]))
}
