import type { Value } from '../graph/value.ts'
import { where } from '../ops/elementwise.ts'
import { gather } from '../ops/gather.ts'
import { unsqueeze } from '../ops/layout.ts'
import { argMax } from '../ops/reduce.ts'
import { type GroundTruth, type MatchOptions, matchBoxes } from './match.ts'

/** From which IoU with a ground truth an anchor stands for it, and below which for background; in between for neither. */
export type AnchorTargetOptions = Pick<MatchOptions, 'high' | 'low'>

/** What every anchor of one image learns. */
export interface AnchorTargets {
  /** `[A]` each; an anchor that is neither learns nothing. */
  readonly isPositive: Value<'bool'>
  readonly isNegative: Value<'bool'>
  /** Place of each anchor's ground truth, int64 `[A]`; it means something where the anchor is positive. */
  readonly matched: Value<'int64'>
  /** Class of each, int64 `[A]`, 0 where the anchor is not positive. */
  readonly labels: Value<'int64'>
  /** Box of each, `[A, 4]`, the anchor itself where it is not positive. */
  readonly boxes: Value<'float32'>
}

/**
 * Targets of all anchors `[A, 4]` of one image, none left out by sampling (Lin et al. 2017, RetinaNet, section 4.1). Every anchor
 * whose IoU no other anchor beats for some ground truth is positive too, as in torchvision.
 */
export function anchorTargets(
  truth: GroundTruth,
  anchors: Value<'float32'>,
  { high, low }: AnchorTargetOptions,
): AnchorTargets {
  const { iou, isPositive, isNegative } = matchBoxes(truth, anchors, { high, low, allowLowQuality: true })
  const matched = argMax(iou, 0)
  return {
    isPositive,
    isNegative,
    matched,
    labels: where(isPositive, gather(truth.labels, matched), 0),
    boxes: where(unsqueeze(isPositive, 1), gather(truth.boxes, matched), anchors),
  }
}
