import type { Value } from '../graph/value.ts'
import { and } from '../ops/elementwise.ts'
import { gather } from '../ops/gather.ts'
import { type BalancedSample, type SampleOptions, sampleBalanced } from './balanced-sample.ts'
import { encodeBoxes } from './box-coding.ts'
import { type GroundTruth, type MatchOptions, matchBoxes, matchedIndices } from './match.ts'

export interface RpnTargetOptions extends SampleOptions {
  readonly high: number
  readonly low: number
}

export interface RpnTargets extends BalancedSample {
  /** What the deltas of the positive anchors should be, `[S+, 4]`. */
  readonly deltas: Value<'float32'>
}

/** Regression weights of the region proposal network. */
const UNIT_WEIGHTS = [1, 1, 1, 1] as const

/**
 * Anchors of one image that the region proposal network learns from, and the deltas that lead from the positive
 * ones to their ground truth. `anchors` `[A, 4]`, `priority` `[A]` in [0, 1). Every anchor whose IoU no other anchor
 * beats for some ground truth is positive too. Of those that `learns` `[A]` leaves out nothing is learned, whatever they stand for.
 */
export function rpnTargets(
  truth: GroundTruth,
  anchors: Value<'float32'>,
  priority: Value<'float32'>,
  options: RpnTargetOptions,
  learns?: Value<'bool'>,
): RpnTargets {
  const match: MatchOptions = { high: options.high, low: options.low, allowLowQuality: true }
  const { iou, isPositive, isNegative } = matchBoxes(truth, anchors, match)
  const of = (is: Value<'bool'>) => (learns ? and(is, learns) : is)
  const sample = sampleBalanced(of(isPositive), of(isNegative), priority, options)
  const matched = matchedIndices(iou, sample.positive)
  const deltas = encodeBoxes(gather(truth.boxes, matched), gather(anchors, sample.positive), UNIT_WEIGHTS)
  return { ...sample, deltas }
}
