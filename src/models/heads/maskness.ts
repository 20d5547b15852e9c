import type { Value } from '../../graph/value.ts'
import { cast, div, greater, maximum, mul } from '../../ops/elementwise.ts'
import { reduceSum } from '../../ops/reduce.ts'

/**
 * How sure masks are of themselves, `[R]` (Wang et al. 2020, SOLOv2, "maskness"): of probabilities `[R, M, M]` the mean of those above
 * 0.5; 0 where none is.
 */
export function maskness(masks: Value<'float32'>): Value<'float32'> {
  const inside = cast(greater(masks, 0.5), 'float32')
  return div(reduceSum(mul(masks, inside), [1, 2]), maximum(reduceSum(inside, [1, 2]), 1))
}
