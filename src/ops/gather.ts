import { ShapeError } from '../errors.ts'
import { type Dim, isKnown } from '../graph/dim.ts'
import { defineOp } from '../graph/op.ts'
import { constantTensor, type Value } from '../graph/value.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { toNumbers } from '../tensor/tensor.ts'
import { emitOne, need, normalizeAxis, requireDtype, requireRank, scalar } from './infer.ts'

/** `x[..., indices, ...]` along one axis: the axis is replaced by the shape of the indices. Negative indices count from the back. */
export const Gather = defineOp<{ readonly axis: number }>({
  name: 'Gather',
  infer(inputs, { axis }) {
    const x = need(inputs, 0)
    const indices = need(inputs, 1)
    requireDtype(indices, ['int64', 'int32'], 'indices')
    requireInside(indices, x.shape[axis])
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
    const known = x.content && indices.content?.every((i) => typeof i === 'number')
    const content = known ? (indices.content as number[]).map((i) => x.content!.at(i) as Dim) : undefined
    return [{ dtype: x.dtype, shape, content }]
  },
})

/** Throws where a constant index lies outside a known axis. */
function requireInside(indices: Value, dim: Dim): void {
  const known = constantTensor(indices)
  if (!known || !isKnown(dim)) return
  const outside = toNumbers(known).find((index) => index < -dim || index >= dim)
  if (outside !== undefined) {
    throw new ShapeError('an index lies outside the axis', {
      expected: `${-dim} to ${dim - 1}`,
      got: `${outside}`,
    })
  }
}

/** Output element `[i, j]` is `x[indices[i, j], j]` for axis 0: shape of the indices. */
export const GatherElements = defineOp<{ readonly axis: number }>({
  name: 'GatherElements',
  infer(inputs, { axis }) {
    const x = need(inputs, 0)
    const indices = need(inputs, 1)
    requireDtype(indices, ['int64', 'int32'], 'indices')
    requireRank(indices, x.shape.length, 'indices')
    requireInside(indices, x.shape[axis])
    return [{ dtype: x.dtype, shape: indices.shape }]
  },
})

/** indices `[..., k]` address the first k axes of x: result `[..., rest of x]`. */
export const GatherND = defineOp<{ readonly batchDims: number }>({
  name: 'GatherND',
  infer(inputs, { batchDims }) {
    const x = need(inputs, 0)
    const indices = need(inputs, 1)
    const depth = indices.shape[indices.shape.length - 1]
    if (typeof depth !== 'number') throw new ShapeError('the last dim of the indices must be known')
    return [{ dtype: x.dtype, shape: [...indices.shape.slice(0, -1), ...x.shape.slice(batchDims + depth)] }]
  },
})

/**
 * A copy of x with rows replaced: indices `[n, k]` address the first k axes. Indices must be unique;
 * adding at repeated indices is left out on purpose: ONNX Runtime's CPU kernel races on them.
 */
export const ScatterND = defineOp<{ readonly reduction: string }>({
  name: 'ScatterND',
  infer: (inputs) => [{ dtype: need(inputs, 0).dtype, shape: need(inputs, 0).shape }],
})

/** A copy of x with elements replaced or, with reduction `add`, added to (serial and exact at repeated indices). */
export const ScatterElements = defineOp<{ readonly axis: number; readonly reduction: string }>({
  name: 'ScatterElements',
  infer: (inputs) => [{ dtype: need(inputs, 0).dtype, shape: need(inputs, 0).shape }],
})

let selections = 0

/** Coordinates of the elements that are not zero, `[rank, n]`, row-major order; n is a new symbol. */
export const NonZero = defineOp<Record<never, never>>({
  name: 'NonZero',
  infer: (inputs) => [{ dtype: 'int64', shape: [need(inputs, 0).shape.length, `nonzero${selections++}`] }],
})

let unknownDepths = 0

/** `[...shape of indices, depth]` (axis -1) with `values[1]` at the index and `values[0]` elsewhere. Inputs: indices, depth, values. */
export const OneHot = defineOp<{ readonly axis: number }>({
  name: 'OneHot',
  infer(inputs) {
    const depth = need(inputs, 1).content?.[0] ?? `depth${unknownDepths++}`
    return [{ dtype: need(inputs, 2).dtype, shape: [...need(inputs, 0).shape, depth] }]
  },
})

export function gather<D extends Dtype>(x: Value<D>, indices: Value, axis = 0): Value<D> {
  return emitOne(Gather, [x, indices], { axis: normalizeAxis(axis, x.shape.length) })
}

/** One slice of an axis, the axis dropped. */
export function pick<D extends Dtype>(x: Value<D>, axis: number, index: number): Value<D> {
  return gather(x, scalar('int64', index), axis)
}

export function gatherElements<D extends Dtype>(x: Value<D>, indices: Value, axis: number): Value<D> {
  return emitOne(GatherElements, [x, indices], { axis: normalizeAxis(axis, x.shape.length) })
}

export function gatherND<D extends Dtype>(x: Value<D>, indices: Value<'int64'>, batchDims = 0): Value<D> {
  return emitOne(GatherND, [x, indices], { batchDims })
}

export function scatterND<D extends Dtype>(
  x: Value<D>,
  indices: Value<'int64'>,
  updates: Value<D>,
): Value<D> {
  return emitOne(ScatterND, [x, indices, updates], { reduction: 'none' })
}

export function scatterElements<D extends Dtype>(
  x: Value<D>,
  indices: Value<'int64'>,
  updates: Value<D>,
  { axis, reduction = 'none' }: { readonly axis: number; readonly reduction?: 'none' | 'add' },
): Value<D> {
  return emitOne(ScatterElements, [x, indices, updates], {
    axis: normalizeAxis(axis, x.shape.length),
    reduction,
  })
}

export function nonZero(x: Value): Value<'int64'> {
  return emitOne(NonZero, [x], {})
}

/** int64 indices `[...]` -> floats `[..., depth]`. */
export function oneHot<D extends Dtype>(indices: Value<'int64'>, depth: number, values: Value<D>): Value<D> {
  return emitOne(OneHot, [indices, scalar('int64', depth), values], { axis: -1 })
}
