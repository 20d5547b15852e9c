import { GradientError } from '../../errors.ts'
import { constant, type Value } from '../../graph/value.ts'
import { add, cast, equal, less, mul, sub, where } from '../../ops/elementwise.ts'
import { gather, gatherElements, gatherND, OneHot, scatterElements, scatterND } from '../../ops/gather.ts'
import { emitOne, scalar } from '../../ops/infer.ts'
import {
  concat,
  constantNumbers,
  expand,
  pad,
  range,
  reshape,
  reshapeTo,
  type Size,
  shapeOf,
  sizeMul,
  sizeOf,
  sizes,
  transpose,
  unsqueeze,
} from '../../ops/layout.ts'
import { gemm } from '../../ops/linear.ts'
import { reduceSum } from '../../ops/reduce.ts'
import { float32, int64 } from '../../tensor/tensor.ts'
import { type FloatValue, floatInput, gradOutput, type RuleContext, zerosLike } from '../rule.ts'

/** Up to this length of the gathered axis a product with the one-hot matrix beats serial scattering. */
const SHORT_AXIS = 512

/** Below this many elements per index scattering is cheap whatever the axis. */
const SHORT_ROW = 16

export function gatherRule(context: RuleContext<{ readonly axis: number }>) {
  const x = floatInput(context, 0)
  const indices = context.inputs[1] as Value<'int64'>
  const { axis } = context.attributes
  const g = gradOutput(context)
  const dims = x.shape.map((_, i) => sizeOf(x, i))
  const known = constantNumbers(indices)
  const count = indices.shape.map((_, i) => sizeOf(indices, i)).reduce<Size>(sizeMul, 1)
  const flat = reshape(g, [...dims.slice(0, axis), count, ...dims.slice(axis + 1)])
  const dim = x.shape[axis]
  if (known?.length === 0) return [zerosLike(x), undefined]
  if (known && typeof dim === 'number') {
    const positions = known.map((index) => (index < 0 ? index + dim : index))
    if (new Set(positions).size === positions.length)
      return [placeUnique(flat, axis, positions, dim), undefined]
  }
  return [addAt(flat, reshape(indices, [count]), axis, x), undefined]
}

/** Rows at constant, different positions of an axis, zeros elsewhere. */
function placeUnique(g: FloatValue, axis: number, positions: readonly number[], dim: number): FloatValue {
  const zero = scalar(g.dtype, 0)
  const onAxis = (amount: number) => g.shape.map((_, i) => (i === axis ? amount : 0))
  if (positions.every((position, i) => position === positions[0] + i)) {
    return pad(g, onAxis(positions[0]), onAxis(dim - positions[0] - positions.length), zero)
  }
  const padded = pad(g, onAxis(0), onAxis(1), zero)
  const source = Array.from({ length: dim }, (_, i) => {
    const at = positions.indexOf(i)
    return at < 0 ? positions.length : at
  })
  return gather(padded, constant(int64(source)), axis)
}

/** Zeros like x, plus the rows of g (`axis` has the length of `indices` `[K]`) at positions that may repeat. */
function addAt(g: FloatValue, indices: Value<'int64'>, axis: number, x: FloatValue): FloatValue {
  const rest = x.shape.filter((_, i) => i !== axis)
  const dim = x.shape[axis]
  const row = rest.every((size) => typeof size === 'number')
    ? rest.reduce<number>((total, size) => total * (size as number), 1)
    : SHORT_ROW
  if (typeof dim === 'number' && dim <= SHORT_AXIS && row >= SHORT_ROW)
    return addByProduct(g, indices, axis, x)
  const shape = g.shape.map((_, i) => sizeOf(g, i))
  const column = reshape(
    indices,
    shape.map((size, i) => (i === axis ? size : 1)),
  )
  return scatterElements(zerosLike(x), expand(column, shape), g, { axis, reduction: 'add' })
}

/** onehot(indices)' g with the axis in front. */
function addByProduct(g: FloatValue, indices: Value<'int64'>, axis: number, x: FloatValue): FloatValue {
  const dim = x.shape[axis] as number
  const front = [axis, ...x.shape.map((_, i) => i).filter((i) => i !== axis)]
  const moved = transpose(g, front)
  const rest = front.slice(1).map((i) => sizeOf(x, i))
  const width = rest.reduce<Size>(sizeMul, 1)
  const isRow = cast(equal(unsqueeze(range(dim), 1), unsqueeze(fromFront(indices, dim), 0)), g.dtype)
  const sums = gemm(isRow, reshape(moved, [sizeOf(indices, 0), width]))
  return transpose(
    reshape(sums, [dim, ...rest]),
    front.map((_, i) => front.indexOf(i)),
  )
}

export function gatherElementsRule(context: RuleContext<{ readonly axis: number }>) {
  const x = floatInput(context, 0)
  const indices = context.inputs[1] as Value<'int64'>
  const { axis } = context.attributes
  return [scatterElements(zerosLike(x), indices, gradOutput(context), { axis, reduction: 'add' }), undefined]
}

/** The addressed axes (and the batch axes before them) become one, and the indices offsets into it. */
export function gatherNDRule(context: RuleContext<{ readonly batchDims: number }>) {
  const x = floatInput(context, 0)
  const indices = context.inputs[1] as Value<'int64'>
  const { batchDims } = context.attributes
  const depth = indices.shape[indices.shape.length - 1] as number
  const dims = x.shape.map((_, i) => sizeOf(x, i))
  const last = indices.shape.length - 1
  const leading = indices.shape.slice(0, last).map((_, i) => sizeOf(indices, i))
  let offsets: Value<'int64'> = expand(scalar('int64', 0), leading)
  for (let axis = 0; axis < batchDims + depth; axis++) {
    const position =
      axis < batchDims
        ? reshape(
            range(dims[axis]),
            leading.map((_, i) => (i === axis ? dims[axis] : 1)),
          )
        : fromFront(gather(indices, scalar('int64', axis - batchDims), last), dims[axis])
    offsets = add(mul(offsets, sizes([dims[axis]])), position)
  }
  const rest = dims.slice(batchDims + depth)
  const rowCount = dims.slice(0, batchDims + depth).reduce<Size>(sizeMul, 1)
  const count = leading.reduce<Size>(sizeMul, 1)
  const width = rest.reduce<Size>(sizeMul, 1)
  const flat = reshape(x, [rowCount, width])
  const sums = addAt(reshape(gradOutput(context), [count, width]), reshape(offsets, [count]), 0, flat)
  return [reshapeTo(sums, shapeOf(x)), undefined]
}

/** An index counted from the front: negative ones count from the back. */
function fromFront(index: Value<'int64'>, dim: Size): Value<'int64'> {
  return where(less(index, 0), add(index, dim), index)
}

export function scatterNDRule(context: RuleContext<{ readonly reduction: string }>) {
  const g = gradOutput(context)
  const indices = context.inputs[1] as Value<'int64'>
  refuseReduction('ScatterND', context.attributes.reduction, ['none'])
  return [
    context.wants(0) ? scatterND(g, indices, zerosLike(floatInput(context, 2))) : undefined,
    undefined,
    context.wants(2) ? gatherND(g, indices) : undefined,
  ]
}

export function scatterElementsRule(
  context: RuleContext<{ readonly axis: number; readonly reduction: string }>,
) {
  const g = gradOutput(context)
  const indices = context.inputs[1] as Value<'int64'>
  const { axis, reduction } = context.attributes
  refuseReduction('ScatterElements', reduction, ['none', 'add'])
  const kept = () =>
    reduction === 'add' ? g : scatterElements(g, indices, zerosLike(floatInput(context, 2)), { axis })
  return [
    context.wants(0) ? kept() : undefined,
    undefined,
    context.wants(2) ? gatherElements(g, indices, axis) : undefined,
  ]
}

function refuseReduction(op: string, reduction: string, served: readonly string[]): void {
  if (!served.includes(reduction)) {
    throw new GradientError(`${op} with reduction "${reduction}" has no gradient`, {
      expected: served.join(' or '),
      hint: 'Use another reduction, or stopGradient before it.',
    })
  }
}

/** The two values `[off, on]` collect the gradients of the places where they stand. */
export function oneHotRule(context: RuleContext<{ readonly axis: number }>) {
  const g = gradOutput(context)
  const zeroOne = cast(constant(float32([0, 1])), g.dtype)
  const isOn: FloatValue = emitOne(
    OneHot,
    [context.inputs[0], context.inputs[1], zeroOne],
    context.attributes,
  )
  const on = reduceSum(mul(g, isOn))
  const off = sub(reduceSum(g), on)
  return [undefined, undefined, concat([reshape(off, [1]), reshape(on, [1])], 0)]
}
