import type { Value } from '../../graph/value.ts'
import { cast, div, equal, mul } from '../../ops/elementwise.ts'
import { scalar } from '../../ops/infer.ts'
import {
  constantNumbers,
  expandTo,
  reshape,
  type Size,
  shapeOf,
  sizeMul,
  sizeOf,
  sizes,
} from '../../ops/layout.ts'
import { cumSum, type ReduceAttributes, reduceSum } from '../../ops/reduce.ts'
import type { Dtype } from '../../tensor/dtype.ts'
import { type FloatValue, floatInput, gradOutput, type RuleContext } from '../rule.ts'

export function reduceSumRule(context: RuleContext<{ readonly keepdims: number }>) {
  const axes = constantNumbers(context.inputs[1]) as number[]
  return [spread(gradOutput(context), floatInput(context, 0), axes), undefined]
}

export function reduceMeanRule(context: RuleContext<ReduceAttributes>) {
  const x = floatInput(context, 0)
  const g = gradOutput(context)
  const { axes } = context.attributes
  const count = axes.map((axis) => sizeOf(x, axis)).reduce<Size>(sizeMul, 1)
  const share = typeof count === 'number' ? mul(g, 1 / count) : div(g, sizeAsFloat(count, x.dtype))
  return [spread(share, x, axes)]
}

/** Equal extremes share the gradient evenly, as PyTorch's amax and amin do. */
export function reduceExtremeRule(context: RuleContext<ReduceAttributes>) {
  const x = floatInput(context, 0)
  const { axes } = context.attributes
  const kept = keepAxes(context.outputs[0] as FloatValue, x, axes)
  const isExtreme = cast(equal(x, kept), x.dtype)
  const share = div(keepAxes(gradOutput(context), x, axes), reduceSum(isExtreme, axes, { keepDims: true }))
  return [mul(isExtreme, share)]
}

/** Running sums from the other end. */
export function cumSumRule(context: RuleContext<{ readonly exclusive: number; readonly reverse: number }>) {
  const [axis] = constantNumbers(context.inputs[1]) as number[]
  const { exclusive, reverse } = context.attributes
  return [
    cumSum(gradOutput(context), axis, { exclusive: exclusive === 1, reverse: reverse === 0 }),
    undefined,
  ]
}

/** A size as a float scalar. */
export function sizeAsFloat<D extends Dtype>(size: Size, dtype: D): Value<D> {
  return typeof size === 'number' ? scalar(dtype, size) : cast(reshape(size, []), dtype)
}

/** The reduced value with its axes back as 1. */
function keepAxes(reduced: FloatValue, x: FloatValue, axes: readonly number[]): FloatValue {
  if (reduced.shape.length === x.shape.length) return reduced
  return reshape(
    reduced,
    x.shape.map((_, axis) => (axes.includes(axis) ? 1 : sizeOf(x, axis))),
  )
}

function spread(g: FloatValue, x: FloatValue, axes: readonly number[]): FloatValue {
  return expandTo(keepAxes(g, x, axes), x.shape.length ? shapeOf(x) : sizes([]))
}
