import type { Value } from '../../graph/value.ts'
import { add, mul } from '../../ops/elementwise.ts'
import { gather } from '../../ops/gather.ts'
import { range, reshape, sizeMul, sizeOf, sizes } from '../../ops/layout.ts'

/**
 * What a prediction for every class `[R, K, M]` says about one class of each row: `[P, M]` for classes int64 `[P]` of the
 * first P rows.
 */
export function rowsOfClass(predicted: Value<'float32'>, classes: Value<'int64'>): Value<'float32'> {
  const [rows, count, width] = [0, 1, 2].map((axis) => sizeOf(predicted, axis))
  const places = add(mul(range(sizeOf(classes, 0)), sizes([count])), classes)
  return gather(reshape(predicted, [sizeMul(rows, count), width]), places)
}
