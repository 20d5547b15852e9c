/**
 * Which ground truth a box stands for: IoU and two thresholds, as torchvision's `Matcher` (and Faster R-CNN,
 * section 3.1.2). The matrix is `[G, A]`: one long row for each ground truth, which is how the runtime is fast.
 */
import { constant, type Value } from '../graph/value.ts'
import {
  add,
  and,
  cast,
  div,
  equal,
  greater,
  greaterOrEqual,
  less,
  maximum,
  minimum,
  mul,
  not,
  or,
  relu,
  sub,
  where,
} from '../ops/elementwise.ts'
import { gather } from '../ops/gather.ts'
import { slice, squeeze, transpose, unsqueeze } from '../ops/layout.ts'
import { argMax, reduceMax } from '../ops/reduce.ts'
import { float32 } from '../tensor/tensor.ts'
import { ignoredShare } from './ignored-area.ts'

export interface MatchOptions {
  /** IoU from which a box is positive. */
  readonly high: number
  /** IoU below which a box is negative; in between it is neither. */
  readonly low: number
  /** Also takes as positive every box that no other box beats for some ground truth, if they meet at all. */
  readonly allowLowQuality: boolean
}

export interface GroundTruth {
  /** `[G, 4]`; rows that only pad are `PADDING_BOX`. */
  readonly boxes: Value<'float32'>
  /** `[G]`, 0 in rows that only pad. */
  readonly labels: Value<'int64'>
  /** `[G]`, false in rows that only pad. */
  readonly isReal: Value<'bool'>
  /** Where nothing is background: see `ignoredShare`. */
  readonly ignored?: Value<'float32'>
}

export interface Matches {
  /** `[G, A]`. */
  readonly iou: Value<'float32'>
  /** `[A]` each; a box that is neither is ignored. */
  readonly isPositive: Value<'bool'>
  readonly isNegative: Value<'bool'>
}

/**
 * Stands in for ground truth rows that only pad: it overlaps with nothing, and unlike an empty box it has a size
 * whose logarithm is finite.
 */
const PADDING_BOX = [-100001, -100001, -100000, -100000]

/** Ground truth of one image from padded rows: boxes `[G, 4]`, labels `[G]` with 0 for padding; G is at least 1. */
export function groundTruth(
  boxes: Value<'float32'>,
  labels: Value<'int64'>,
  ignored?: Value<'float32'>,
): GroundTruth {
  const isReal = greater(labels, 0)
  const padding = constant(float32(PADDING_BOX, [1, 4]))
  return { boxes: where(unsqueeze(isReal, 1), boxes, padding), labels, isReal, ...(ignored && { ignored }) }
}

/** IoU of `a` `[G, 4]` and `b` `[A, 4]`, `[G, A]`. */
export function pairwiseIou(a: Value<'float32'>, b: Value<'float32'>): Value<'float32'> {
  const [ax1, ay1, ax2, ay2] = [0, 1, 2, 3].map((side) => slice(a, 1, side, side + 1))
  const rows = transpose(b, [1, 0])
  const [bx1, by1, bx2, by2] = [0, 1, 2, 3].map((side) => slice(rows, 0, side, side + 1))
  const width = relu(sub(minimum(ax2, bx2), maximum(ax1, bx1)))
  const height = relu(sub(minimum(ay2, by2), maximum(ay1, by1)))
  const intersection = mul(width, height)
  const areas = add(mul(sub(ax2, ax1), sub(ay2, ay1)), mul(sub(bx2, bx1), sub(by2, by1)))
  return div(intersection, sub(areas, intersection))
}

/**
 * Matches `candidates` `[A, 4]` with the ground truth of their image. What lies in ignored area by a share of `low` or more is not
 * negative: it would not be if an object there were known (IoU is at most that share).
 */
export function matchBoxes(
  truth: GroundTruth,
  candidates: Value<'float32'>,
  { high, low, allowLowQuality }: MatchOptions,
): Matches {
  const iou = pairwiseIou(truth.boxes, candidates)
  const best = reduceMax(iou, [0])
  const isHigh = greaterOrEqual(best, high)
  const isPositive = allowLowQuality ? or(isHigh, isBestOfSome(iou, truth.isReal)) : isHigh
  const isFar = and(less(best, low), not(isPositive))
  const isNegative = truth.ignored ? and(isFar, less(ignoredShare(truth.ignored, candidates), low)) : isFar
  return { iou, isPositive, isNegative }
}

/** Index of the ground truth with the largest IoU, `[S]`, for the chosen boxes `[S]`; the first of equals. */
export function matchedIndices(iou: Value<'float32'>, chosen: Value<'int64'>): Value<'int64'> {
  return argMax(gather(iou, chosen, 1), 0)
}

/**
 * `[A]`: whether the box has the largest IoU that some ground truth has with any box; ties all count. A ground truth that meets no
 * box has no best one, where torchvision takes all boxes for it.
 */
function isBestOfSome(iou: Value<'float32'>, isReal: Value<'bool'>): Value<'bool'> {
  const reached = reduceMax(iou, [1], { keepDims: true })
  const hasBest = and(unsqueeze(isReal, 1), greater(reached, 0))
  // IoU never reaches 2.
  const asked = where(hasBest, reached, 2)
  return squeeze(greater(reduceMax(cast(equal(iou, asked), 'float32'), [0], { keepDims: true }), 0), 0)
}
