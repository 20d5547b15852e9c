import type { KeypointTargets } from '../../detection/keypoint-targets.ts'
import type { Value } from '../../graph/value.ts'
import { softmaxCrossEntropy, weightedMean } from '../../nn/losses.ts'
import { cast, mul } from '../../ops/elementwise.ts'
import { reshape, sizeMul, sizeOf, unsqueeze } from '../../ops/layout.ts'

/**
 * Loss of the keypoint head (He et al., Mask R-CNN, section 5): each heatmap is a classifier over its M * M cells, and the
 * cross entropy is averaged over the keypoints that count (torchvision's `keypointrcnn_loss`). Logits `[P, K, M, M]`,
 * targets of the same boxes `[P, K]`, weights `[P]` (0 in rows that only fill); 0 where nothing counts.
 */
export function keypointLoss(
  logits: Value<'float32'>,
  { cells, isValid }: KeypointTargets,
  weights: Value<'float32'>,
): Value<'float32'> {
  const [boxes, points, height, width] = [0, 1, 2, 3].map((axis) => sizeOf(logits, axis))
  const count = sizeMul(boxes, points)
  const terms = softmaxCrossEntropy(reshape(logits, [count, sizeMul(height, width)]), reshape(cells, [count]))
  const counts = mul(cast(isValid, 'float32'), unsqueeze(weights, 1))
  return weightedMean(terms, reshape(counts, [count]))
}
