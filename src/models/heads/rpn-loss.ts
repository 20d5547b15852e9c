import type { GroundTruth } from '../../detection/match.ts'
import type { LevelPredictions } from '../../detection/proposals.ts'
import { type RpnTargetOptions, type RpnTargets, rpnTargets } from '../../detection/rpn-targets.ts'
import type { Value } from '../../graph/value.ts'
import { binaryCrossEntropyWithLogits, smoothL1, weightedMean } from '../../nn/losses.ts'
import { add, div, maximum, mul } from '../../ops/elementwise.ts'
import { gather, pick } from '../../ops/gather.ts'
import { scalar } from '../../ops/infer.ts'
import { concat, expand, reshape, type Size, sizeMul, sizeOf, sizes } from '../../ops/layout.ts'
import { reduceSum } from '../../ops/reduce.ts'

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
 * Losses of the region proposal network over N images (Ren et al. 2015, eq. 1, as torchvision weighs it). Rows are
 * gathered before anything is computed, so the work does not grow with the number of anchors. `priority`
 * `[N, A]` over all levels.
 */
export function rpnLosses(
  levels: readonly LevelPredictions[],
  truths: readonly GroundTruth[],
  priority: Value<'float32'>,
  options: RpnTargetOptions,
): RpnLosses {
  const join = <T extends 'objectness' | 'deltas' | 'anchors'>(part: T, axis: number) =>
    concat(
      levels.map((level) => level[part]),
      axis,
    )
  const anchors = join('anchors', 0)
  const count = sizeOf(anchors, 0)
  const rows = sizeMul(count, truths.length)
  const targets = truths.map((truth, image) => rpnTargets(truth, anchors, pick(priority, 0, image), options))
  const positive = concat(
    targets.map((target, image) => shifted(target.positive, image, count)),
    0,
  )
  const negative = concat(
    targets.map((target, image) => shifted(target.negative, image, count)),
    0,
  )
  const positiveWeight = concat(
    targets.map((target) => target.positiveWeight),
    0,
  )
  const fill = (value: number) => expand(scalar('float32', value), [sizeOf(negative, 0)])
  const logits = gather(reshape(join('objectness', 1), [rows]), concat([positive, negative], 0))
  const isObject = concat([positiveWeight, fill(0)], 0)
  const weights = concat([positiveWeight, fill(1)], 0)
  const moved = gather(reshape(join('deltas', 1), [rows, 4]), positive)
  const wanted = concat(
    targets.map((target) => target.deltas),
    0,
  )
  const perBox = reduceSum(smoothL1(moved, wanted, { beta: BETA }), [1])
  return {
    objectness: weightedMean(binaryCrossEntropyWithLogits(logits, isObject), weights),
    boxes: div(reduceSum(mul(perBox, positiveWeight)), maximum(reduceSum(weights), 1)),
    targets,
  }
}

/** Indices into the anchors of one image as indices into those of all. */
function shifted(indices: Value<'int64'>, image: number, count: Size): Value<'int64'> {
  return image === 0 ? indices : add(indices, sizes([sizeMul(count, image)]))
}
