import type { Value } from '../../graph/value.ts'
import { binaryCrossEntropyWithLogits, weightedMean } from '../../nn/losses.ts'
import { expand, reshape, sizeMul, sizeOf, unsqueeze } from '../../ops/layout.ts'
import { rowsOfClass } from './class-rows.ts'

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
  const [rows, count] = [sizeOf(logits, 0), sizeOf(logits, 1)]
  const cells = sizeMul(sizeOf(logits, 2), sizeOf(logits, 3))
  const own = rowsOfClass(reshape(logits, [rows, count, cells]), classes)
  const terms = binaryCrossEntropyWithLogits(own, reshape(targets, [rows, cells]))
  return weightedMean(terms, expand(unsqueeze(weights, 1), [rows, cells]))
}
