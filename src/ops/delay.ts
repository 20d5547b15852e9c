import { defineOp } from '../graph/op.ts'
import type { Value } from '../graph/value.ts'
import type { Dtype, FloatDtype } from '../tensor/dtype.ts'
import { add, cast, less } from './elementwise.ts'
import { emitOne, need } from './infer.ts'
import { reshape, shapeOf, slice } from './layout.ts'
import { reduceSum } from './reduce.ts'

/** A reshape to the shape that the value has already. */
const SameShape = defineOp<{ readonly allowzero: number }>({
  name: 'Reshape',
  infer(inputs) {
    const { dtype, shape } = need(inputs, 0)
    return [{ dtype, shape }]
  },
  gradient: ({ gradOutputs }) => [gradOutputs[0], undefined],
})

/**
 * A value as it is, but not before `awaited` is known. No runtime sees that both are one, so what is computed of one is not taken
 * for what was computed of the other. Nothing is copied: the value is reshaped to its own shape plus a zero made of `awaited`.
 */
export function delay<D extends Dtype>(value: Value<D>, awaited: Value<FloatDtype>): Value<D> {
  const first = slice(reshape(awaited, [-1]), 0, 0, 1)
  // No number is less than itself, NaN neither; and a sum over nothing is zero as well.
  const zero = reduceSum(cast(less(first, first), 'int64'), [0])
  return emitOne(SameShape, [value, add(shapeOf(value), zero)], { allowzero: 1 })
}
