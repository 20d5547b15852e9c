import { ShapeError } from '../errors.ts'
import {
  addDims,
  type Dim,
  divideDims,
  formatShape,
  isKnown,
  maxDims,
  minDims,
  multiplyDims,
  quotient,
  subtractDims,
} from '../graph/dim.ts'
import { defineOp } from '../graph/op.ts'
import { constant, constantTensor, type Value } from '../graph/value.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { int64, type Tensor, toNumbers } from '../tensor/tensor.ts'
import { add, div, maximum, minimum, mul, sub } from './elementwise.ts'
import { emitOne, need, normalizeAxis, requireDtype, requireRank, requireSame } from './infer.ts'

/** A size while building: a number, or an int64 vector of one element that the graph computes. */
export type Size = number | Value<'int64'>

/** Dims `start` to `end` of a value as an int64 vector. */
export const Shape = defineOp<{ readonly start: number; readonly end: number }>({
  name: 'Shape',
  infer(inputs, { start, end }) {
    const content = need(inputs, 0).shape.slice(start, end)
    return [{ dtype: 'int64', shape: [content.length], content }]
  },
})

export const Reshape = defineOp<{ readonly allowzero: number }>({
  name: 'Reshape',
  infer(inputs) {
    const x = need(inputs, 0)
    const target = need(inputs, 1)
    requireDtype(target, ['int64'], 'target shape')
    if (!target.content) throw new ShapeError('the rank of the target shape is not known while building')
    const isOpen = (dim: Dim) => dim === -1
    const rest = target.content.filter((dim) => !isOpen(dim))
    if (rest.length < target.content.length - 1)
      throw new ShapeError('a reshape can leave only one dim (-1) open')
    const open = quotient(x.shape, rest)
    const shape = target.content.map((dim) => (isOpen(dim) ? open : dim))
    if (shape.every(isKnown) && x.shape.every(isKnown)) {
      const count = x.shape.reduce<number>((total, dim) => total * (dim as number), 1)
      if (count !== shape.reduce<number>((total, dim) => total * (dim as number), 1)) {
        throw new ShapeError('element counts differ', {
          expected: formatShape(x.shape),
          got: formatShape(shape),
        })
      }
    }
    const content = x.content && shape.length <= 1 ? x.content : undefined
    return [{ dtype: x.dtype, shape, content }]
  },
})

export const Transpose = defineOp<{ readonly perm: readonly number[] }>({
  name: 'Transpose',
  infer(inputs, { perm }) {
    const x = need(inputs, 0)
    if ([...perm].sort((a, b) => a - b).some((axis, i) => axis !== i) || perm.length !== x.shape.length) {
      throw new ShapeError('perm is not a permutation of the axes', {
        expected: `${x.shape.length} axes`,
        got: `[${perm.join(', ')}]`,
      })
    }
    return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis]) }]
  },
})

export const Concat = defineOp<{ readonly axis: number }>({
  name: 'Concat',
  infer(inputs, { axis }) {
    const first = need(inputs, 0)
    const shape = [...first.shape]
    shape[axis] = 0
    for (const [i] of inputs.entries()) {
      const part = need(inputs, i)
      requireDtype(part, [first.dtype], `part ${i}`)
      requireRank(part, first.shape.length, `part ${i}`)
      for (const [k, dim] of part.shape.entries()) {
        if (k === axis) shape[k] = addDims(shape[k], dim)
        else {
          requireSame(first.shape[k], dim, `dims ${k} of the parts`)
          if (isKnown(dim)) shape[k] = dim
        }
      }
    }
    const parts = inputs.map((part) => part?.content)
    const content =
      shape.length === 1 && parts.every((part) => part) ? parts.flatMap((part) => part as Dim[]) : undefined
    return [{ dtype: first.dtype, shape, content }]
  },
})

/** Inputs: x, starts, ends, axes, steps (int64 vectors). Bounds that are not known while building give a symbol. */
export const Slice = defineOp<Record<never, never>>({
  name: 'Slice',
  infer(inputs) {
    const x = need(inputs, 0)
    const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => need(inputs, i).content)
    if (!axes || !steps) throw new ShapeError('axes and steps of a slice must be constants')
    const shape = [...x.shape]
    for (const [i, axis] of (axes as number[]).entries()) {
      shape[axis] = sliceSize(x.shape[axis], starts?.[i], ends?.[i], steps[i] as number)
    }
    const whole = x.content && starts && ends && [...starts, ...ends].every(isKnown)
    const content = whole
      ? sliceOf(x.content as Dim[], starts[0] as number, ends[0] as number, steps[0] as number)
      : undefined
    return [{ dtype: x.dtype, shape, content }]
  },
})

let unknownSlices = 0

/** Bounds beyond this mean the end of any axis. */
const FAR = 2 ** 30

function sliceSize(dim: Dim, start: Dim | undefined, end: Dim | undefined, step: number): Dim {
  if (start === undefined || end === undefined) return `slice${unknownSlices++}`
  if (isKnown(dim) && isKnown(start) && isKnown(end)) {
    return Math.max(0, Math.ceil((bound(end, dim, step) - bound(start, dim, step)) / step))
  }
  if (isOneRow(start, end, step)) return 1
  const fromFront = (at: Dim): Dim => (isKnown(at) ? (at < 0 ? addDims(dim, at) : at > FAR ? dim : at) : at)
  if (step < 0) return `slice${unknownSlices++}`
  const stop = isKnown(end) && end >= 0 ? minDims(dim, fromFront(end)) : fromFront(end)
  const length = subtractDims(stop, fromFront(start))
  return step === 1 ? length : divideDims(addDims(length, step - 1), step)
}

/**
 * One row asked for of a symbolic axis is taken to be there: its dim is 1 and it broadcasts. A symbol in its place
 * would never be taken to be 1, and gradients would not be summed over what the row was broadcast to.
 */
function isOneRow(start: Dim, end: Dim, step: number): boolean {
  if (step !== 1 || !isKnown(start) || !isKnown(end)) return false
  return start === -1 ? end > FAR : end === start + 1
}

function bound(at: number, dim: number, step: number): number {
  const fromFront = at < 0 ? at + dim : at
  return step > 0 ? Math.min(Math.max(fromFront, 0), dim) : Math.min(Math.max(fromFront, -1), dim - 1)
}

function sliceOf(content: readonly Dim[], start: number, end: number, step: number): Dim[] {
  const out: Dim[] = []
  const stop = bound(end, content.length, step)
  for (let i = bound(start, content.length, step); step > 0 ? i < stop : i > stop; i += step)
    out.push(content[i])
  return out
}

let unknownPads = 0

/** Inputs: x, pads (int64 vector: all befores, then all afters), value. Unknown pads make every dim a new symbol. */
export const Pad = defineOp<{ readonly mode: string }>({
  name: 'Pad',
  infer(inputs) {
    const x = need(inputs, 0)
    const pads = need(inputs, 1).content
    const rank = x.shape.length
    const shape = x.shape.map((dim, axis) =>
      pads ? addDims(addDims(dim, pads[axis]), pads[axis + rank]) : `pad${unknownPads++}(${dim})`,
    )
    return [{ dtype: x.dtype, shape }]
  },
})

export const Expand = defineOp<Record<never, never>>({
  name: 'Expand',
  infer(inputs) {
    const x = need(inputs, 0)
    const target = need(inputs, 1).content
    if (!target) throw new ShapeError('the rank of the target shape is not known while building')
    const rank = Math.max(target.length, x.shape.length)
    const shape = Array.from({ length: rank }, (_, axis) => {
      const from = x.shape[axis - rank + x.shape.length] ?? 1
      const to = target[axis - rank + target.length] ?? 1
      if (from !== 1 && to !== 1) requireSame(from, to, 'dims of the value and of the shape it is to take')
      return from === 1 ? to : from
    })
    return [{ dtype: x.dtype, shape }]
  },
})

let unknownRanges = 0

/** Inputs: start, limit, delta (int64 scalars). */
export const Range = defineOp<Record<never, never>>({
  name: 'Range',
  infer(inputs) {
    const [start, limit, delta] = [0, 1, 2].map((i) => need(inputs, i))
    const [from, to, step] = [start, limit, delta].map(({ content }) => content?.[0])
    const isKnownAhead = from !== undefined && to !== undefined && isKnown(step ?? '') && step !== 0
    const size = isKnownAhead ? rangeSize(from, to, step as number) : `range${unknownRanges++}`
    return [{ dtype: start.dtype, shape: [size] }]
  },
})

/** How many numbers there are from `start` to before `limit`: the quotient rounded up. */
function rangeSize(start: Dim, limit: Dim, step: number): Dim {
  if (isKnown(start) && isKnown(limit)) return Math.max(0, Math.ceil((limit - start) / step))
  if (step < 0) return `range${unknownRanges++}`
  return divideDims(addDims(subtractDims(limit, start), step - 1), step)
}

/** The shape as an int64 vector; a constant where it is known. */
export function shapeOf(x: Value): Value<'int64'> {
  return emitOne(Shape, [x], { start: 0, end: x.shape.length })
}

/** Size of one axis: a number where known, else an int64 vector of one element. */
export function sizeOf(x: Value, axis: number): Size {
  const at = normalizeAxis(axis, x.shape.length)
  const dim = x.shape[at]
  return isKnown(dim)
    ? dim
    : emitOne<'int64', { start: number; end: number }>(Shape, [x], { start: at, end: at + 1 })
}

/** Sizes as one int64 vector. */
export function sizes(parts: readonly Size[]): Value<'int64'> {
  if (parts.every((part) => typeof part === 'number')) return constant(int64(parts))
  const vectors = parts.map((part) => (typeof part === 'number' ? constant(int64([part])) : part))
  return vectors.length === 1 ? vectors[0] : concat(vectors, 0)
}

/** Reshape; one size may be -1. */
export function reshape<D extends Dtype>(x: Value<D>, shape: readonly Size[]): Value<D> {
  return reshapeTo(x, sizes(shape))
}

/** Reshape to a shape that the graph computes. */
export function reshapeTo<D extends Dtype>(x: Value<D>, shape: Value<'int64'>): Value<D> {
  return emitOne(Reshape, [x, shape], { allowzero: 1 })
}

export function transpose<D extends Dtype>(x: Value<D>, perm: readonly number[]): Value<D> {
  return perm.every((axis, i) => axis === i) ? x : emitOne(Transpose, [x], { perm })
}

export function concat<D extends Dtype>(parts: readonly Value<D>[], axis: number): Value<D> {
  if (parts.length === 0) throw new ShapeError('nothing to concatenate')
  return parts.length === 1
    ? parts[0]
    : emitOne(Concat, parts, { axis: normalizeAxis(axis, parts[0].shape.length) })
}

export const END = 2 ** 31 - 1

/** `x[start:end:step]` along one axis, with ONNX's meaning of negative bounds. */
export function slice<D extends Dtype>(
  x: Value<D>,
  axis: number,
  start: Size,
  end: Size = END,
  step = 1,
): Value<D> {
  return emitOne(
    Slice,
    [x, sizes([start]), sizes([end]), sizes([normalizeAxis(axis, x.shape.length)]), sizes([step])],
    {},
  )
}

/** Slices several axes at once: `ranges[i]` is `[axis, start, end, step]`. */
export function sliceAxes<D extends Dtype>(
  x: Value<D>,
  ranges: readonly (readonly [axis: number, start: Size, end: Size, step?: number])[],
): Value<D> {
  const column = (pick: (range: readonly [number, Size, Size, number?]) => Size) => sizes(ranges.map(pick))
  return emitOne(
    Slice,
    [x, column((r) => r[1]), column((r) => r[2]), column((r) => r[0]), column((r) => r[3] ?? 1)],
    {},
  )
}

/** Pads with a constant: `before[axis]` and `after[axis]` elements on each axis (negative crops). */
export function pad<D extends Dtype>(
  x: Value<D>,
  before: readonly Size[],
  after: readonly Size[],
  value: Value<D>,
): Value<D> {
  if ([...before, ...after].every((size) => size === 0)) return x
  return emitOne(Pad, [x, sizes([...before, ...after]), value], { mode: 'constant' })
}

/** Broadcast to a shape; known sizes of 1 in `shape` keep the value's own dim. */
export function expand<D extends Dtype>(x: Value<D>, shape: readonly Size[]): Value<D> {
  return expandTo(x, sizes(shape))
}

export function expandTo<D extends Dtype>(x: Value<D>, shape: Value<'int64'>): Value<D> {
  return emitOne(Expand, [x, shape], {})
}

export function unsqueeze<D extends Dtype>(x: Value<D>, ...axes: readonly number[]): Value<D> {
  const rank = x.shape.length + axes.length
  const added = new Set(axes.map((axis) => normalizeAxis(axis, rank)))
  let next = 0
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : sizeOf(x, next++))),
  )
}

/** Drops axes of size 1. */
export function squeeze<D extends Dtype>(x: Value<D>, ...axes: readonly number[]): Value<D> {
  const dropped = new Set(axes.map((axis) => normalizeAxis(axis, x.shape.length)))
  for (const axis of dropped) requireSame(1, x.shape[axis], `squeezed dim ${axis}`)
  return reshape(
    x,
    x.shape
      .map((_, axis) => axis)
      .filter((axis) => !dropped.has(axis))
      .map((axis) => sizeOf(x, axis)),
  )
}

/** Arithmetic on sizes, folded where both are known. */
export const sizeAdd = (a: Size, b: Size): Size => sizeOperation(addDims, add, a, b)
export const sizeSub = (a: Size, b: Size): Size => sizeOperation(subtractDims, sub, a, b)
export const sizeMul = (a: Size, b: Size): Size => sizeOperation(multiplyDims, mul, a, b)
/** Floor of the quotient; sizes are never negative. */
export const sizeDiv = (a: Size, b: Size): Size => sizeOperation(divideDims, div, a, b)
export const sizeMin = (a: Size, b: Size): Size => sizeOperation(minDims, minimum, a, b)
export const sizeMax = (a: Size, b: Size): Size => sizeOperation(maxDims, maximum, a, b)

function sizeOperation(
  known: (a: Dim, b: Dim) => Dim,
  computed: (a: Value<'int64'>, b: Value<'int64'>) => Value<'int64'>,
  a: Size,
  b: Size,
): Size {
  return typeof a === 'number' && typeof b === 'number'
    ? (known(a, b) as number)
    : computed(sizes([a]), sizes([b]))
}

/** 0, 1, ... size-1 as int64 `[size]`. */
export function range(size: Size): Value<'int64'> {
  if (typeof size === 'number') return constant(int64(Array.from({ length: size }, (_, i) => i)))
  const zero = constant(int64([0], []))
  const limit = reshapeTo(size, constant(int64([], [0])))
  return emitOne(Range, [zero, limit, constant(int64([1], []))], {})
}

/** Constant tensor of small integers, as numbers. */
export function constantNumbers(value: Value | undefined): number[] | undefined {
  const known: Tensor | undefined = value && constantTensor(value)
  return known && toNumbers(known)
}
