import type { Value } from '../src/graph/value.ts'
import type { MaskLogits } from '../src/models/heads/mask.ts'
import { gatherND } from '../src/ops/gather.ts'
import { concat, range, sizeOf, unsqueeze } from '../src/ops/layout.ts'

/** Mask logits `[R, K, M, M]` that are given, for what is computed of a head's. */
export function givenLogits(all: Value<'float32'>): MaskLogits {
  const of = (mask: Value<'int64'>) => {
    const rows = unsqueeze(range(sizeOf(mask, 0)), 1)
    return gatherND(all, concat([rows, unsqueeze(mask, 1)], 1))
  }
  return { all, of }
}
