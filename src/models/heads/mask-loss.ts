import type { Value } from '../../graph/value.ts'
import { binaryCrossEntropyWithLogits, weightedMean } from '../../nn/losses.ts'
import { expandTo, shapeOf, unsqueeze } from '../../ops/layout.ts'
import { classMaskLogits } from './mask.ts'

/**
 * Loss of the mask head (He et al., Mask R-CNN, section 3): mean cross entropy over the cells of each box's own class.
 * Logits `[P, K, M, M]`, classes int64 `[P]`, targets `[P, M, M]` in [0, 1], weights `[P]` (0 in rows that only
 * fill); 0 where every weight is 0.
 */
export function maskLoss(
  logits: Value<'float32'>,
  classes: Value<'int64'>,
  targets: Value<'float32'>,
  weights: Value<'float32'>,
): Value<'float32'> {
  const terms = binaryCrossEntropyWithLogits(classMaskLogits(logits, classes), targets)
  return weightedMean(terms, expandTo(unsqueeze(weights, 1, 2), shapeOf(terms)))
}
