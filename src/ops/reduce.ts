import { ShapeError } from '../errors.ts'
import type { Dim } from '../graph/dim.ts'
import { defineOp, emit } from '../graph/op.ts'
import { currentPath } from '../graph/path.ts'
import { constant, type Value } from '../graph/value.ts'
import type { Dtype, FloatDtype } from '../tensor/dtype.ts'
import { int64 } from '../tensor/tensor.ts'
import { emitOne, need, normalizeAxis, scalar } from './infer.ts'

export interface ReduceAttributes {
  readonly axes: readonly number[]
  readonly keepdims: number
  readonly [name: string]: number | readonly number[] | undefined
}

/** Shape after reducing `axes`: at least one, since ONNX takes none for all. */
function reduced(shape: readonly Dim[], axes: readonly number[], keepdims: number): Dim[] {
  if (axes.length === 0) throw new ShapeError('there are no axes to reduce')
  return keepdims
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis))
}

/** Axes are an attribute until opset 17. */
function reduceOp(name: string) {
  const later = reduceOfInput(name)
  return defineOp<ReduceAttributes>({
    name,
    infer(inputs, { axes, keepdims }) {
      const x = need(inputs, 0)
      return [{ dtype: x.dtype, shape: reduced(x.shape, axes, keepdims) }]
    },
    expand: ([x], { axes, keepdims }, { opset }) =>
      opset < 18 ? undefined : emit(later, [x, constant(int64(axes))], { keepdims }),
  })
}

/** The same with axes as second input. */
function reduceOfInput(name: string) {
  return defineOp<{ readonly keepdims: number }>({
    name,
    infer(inputs, { keepdims }) {
      const x = need(inputs, 0)
      return [{ dtype: x.dtype, shape: reduced(x.shape, need(inputs, 1).content as number[], keepdims) }]
    },
  })
}

/** Of a sum the axes are an input since opset 13. */
export const ReduceSum = reduceOfInput('ReduceSum')
export const ReduceMean = reduceOp('ReduceMean')
export const ReduceMax = reduceOp('ReduceMax')
export const ReduceMin = reduceOp('ReduceMin')

/** Index of the first largest element along one axis, int64. */
export const ArgMax = defineOp<{
  readonly axis: number
  readonly keepdims: number
  readonly selectLastIndex: number
}>({
  name: 'ArgMax',
  infer(inputs, { axis, keepdims }) {
    return [{ dtype: 'int64', shape: reduced(need(inputs, 0).shape, [axis], keepdims) }]
  },
})

/** Running sum along the axis given by the second input (an int64 scalar). */
export const CumSum = defineOp<{ readonly exclusive: number; readonly reverse: number }>({
  name: 'CumSum',
  infer: (inputs) => [{ dtype: need(inputs, 0).dtype, shape: need(inputs, 0).shape }],
})

export interface ReduceOptions {
  readonly keepDims?: boolean
}

/** Sum over `axes` (all where not given); the value itself over none. */
export function reduceSum<D extends Dtype>(
  x: Value<D>,
  axes?: readonly number[],
  { keepDims = false }: ReduceOptions = {},
): Value<D> {
  const front = frontAxes(x, axes)
  if (front.length === 0) return x
  return emitOne(ReduceSum, [x, constant(int64(front))], { keepdims: Number(keepDims) })
}
export const reduceMean = <D extends FloatDtype>(
  x: Value<D>,
  axes?: readonly number[],
  options?: ReduceOptions,
) => reduceBy(ReduceMean, x, axes, options)
export const reduceMax = <D extends Dtype>(x: Value<D>, axes?: readonly number[], options?: ReduceOptions) =>
  reduceBy(ReduceMax, x, axes, options)
export const reduceMin = <D extends Dtype>(x: Value<D>, axes?: readonly number[], options?: ReduceOptions) =>
  reduceBy(ReduceMin, x, axes, options)

export function argMax(x: Value, axis: number, { keepDims = false }: ReduceOptions = {}): Value<'int64'> {
  const attributes = {
    axis: normalizeAxis(axis, x.shape.length),
    keepdims: Number(keepDims),
    selectLastIndex: 0,
  }
  return emitOne(ArgMax, [x], attributes)
}

export function cumSum<D extends Dtype>(
  x: Value<D>,
  axis: number,
  options: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
): Value<D> {
  const { exclusive = false, reverse = false } = options
  return emitOne(CumSum, [x, scalar('int64', normalizeAxis(axis, x.shape.length))], {
    exclusive: Number(exclusive),
    reverse: Number(reverse),
  })
}

function reduceBy<D extends Dtype>(
  op: typeof ReduceMean,
  x: Value<D>,
  axes?: readonly number[],
  { keepDims = false }: ReduceOptions = {},
): Value<D> {
  const front = frontAxes(x, axes)
  return front.length === 0 ? x : emitOne(op, [x], { axes: front, keepdims: Number(keepDims) })
}

function frontAxes(x: Value, axes?: readonly number[]): number[] {
  const front = (axes ?? x.shape.map((_, axis) => axis))
    .map((axis) => normalizeAxis(axis, x.shape.length))
    .sort((a, b) => a - b)
  if (new Set(front).size === front.length) return front
  throw new ShapeError('an axis is to be reduced twice', {
    where: currentPath() || 'graph',
    got: `[${axes?.join(', ')}]`,
  })
}
