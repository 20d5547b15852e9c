import { GradientError } from '../../errors.ts'
import type { Value } from '../../graph/value.ts'
import { add, less, maximum, minimum, neg, sub, where } from '../../ops/elementwise.ts'
import { emitOne, scalar } from '../../ops/infer.ts'
import {
  constantNumbers,
  Pad,
  pad,
  reshape,
  reshapeTo,
  type Size,
  shapeOf,
  sizeAdd,
  sizeMul,
  sizeOf,
  sizeSub,
  sizes,
  slice,
  transpose,
} from '../../ops/layout.ts'
import { reduceSum } from '../../ops/reduce.ts'
import { type FloatValue, floatInput, gradOutput, type RuleContext } from '../rule.ts'

export function reshapeRule(context: RuleContext<{ readonly allowzero: number }>) {
  return [reshapeTo(gradOutput(context), shapeOf(floatInput(context, 0))), undefined]
}

export function transposeRule(context: RuleContext<{ readonly perm: readonly number[] }>) {
  const { perm } = context.attributes
  const inverse = perm.map((_, axis) => perm.indexOf(axis))
  return [transpose(gradOutput(context), inverse)]
}

export function concatRule(context: RuleContext<{ readonly axis: number }>) {
  const g = gradOutput(context)
  const { axis } = context.attributes
  let end: Size = 0
  return context.inputs.map((part, i) => {
    const start = end
    end = sizeAdd(start, sizeOf(part as Value, axis))
    return context.wants(i) ? slice(g, axis, start, end) : undefined
  })
}

/** The walk sums the expanded axes back. */
export function expandRule(context: RuleContext) {
  return [gradOutput(context), undefined]
}

/** Padding with the negated amounts crops what was padded and zero-pads what was cropped. */
export function padRule(context: RuleContext<{ readonly mode: string }>) {
  if (context.attributes.mode !== 'constant') {
    throw new GradientError(`padding of mode "${context.attributes.mode}" has no gradient`, {
      hint: 'Pad with a constant.',
    })
  }
  const g = gradOutput(context)
  const pads = context.inputs[1] as Value<'int64'>
  const amounts = constantNumbers(pads)
  const back = amounts ? sizes(amounts.map((amount) => -amount)) : neg(pads)
  const inner = emitOne<(typeof g)['dtype'], { mode: string }>(Pad, [g, back, scalar(g.dtype, 0)], {
    mode: 'constant',
  })
  const filled = context.inputs[2] && context.wants(2) ? sub(reduceSum(g), reduceSum(inner)) : undefined
  return [context.wants(0) ? inner : undefined, undefined, filled]
}

/** Each sliced axis: backwards if it was, zeros between the rows that were skipped, then padded to where it came from. */
export function sliceRule(context: RuleContext) {
  const x = floatInput(context, 0)
  const axes = constantNumbers(context.inputs[3]) as number[]
  const steps = constantNumbers(context.inputs[4]) as number[]
  let g = gradOutput(context)
  const before: Size[] = x.shape.map(() => 0)
  const after: Size[] = x.shape.map(() => 0)
  for (const [i, axis] of axes.entries()) {
    const count = sizeOf(g, axis)
    const first = sliceStart(sizeOf(x, axis), context.inputs[1] as Value<'int64'>, i, steps[i])
    const step = Math.abs(steps[i])
    if (steps[i] < 0) g = slice(g, axis, -1, -(2 ** 31 - 1), -1)
    if (step > 1) g = interleaveZeros(g, axis, step)
    const lowest = steps[i] > 0 ? first : sizeSub(first, sizeMul(sizeSub(count, 1), step))
    before[axis] = lowest
    after[axis] = sizeSub(sizeSub(sizeOf(x, axis), lowest), sizeMul(count, step))
  }
  return [pad(g, before, after, scalar(g.dtype, 0)), ...context.inputs.slice(1).map(() => undefined)]
}

/** Index of the first element a slice takes, counted from the front and inside the axis. */
function sliceStart(dim: Size, starts: Value<'int64'>, position: number, step: number): Size {
  const known = constantNumbers(starts)?.[position]
  const reach = step > 0 ? 0 : 1
  if (known !== undefined && typeof dim === 'number') {
    return Math.min(Math.max(known < 0 ? known + dim : known, 0), dim - reach)
  }
  if (known === 0) return 0
  if (known === -1 && step < 0) return sizeSub(dim, 1)
  const size = sizes([dim])
  const start = known === undefined ? slice(starts, 0, position, position + 1) : sizes([known])
  const fromFront = where(less(start, 0), add(start, size), start)
  return minimum(maximum(fromFront, 0), sub(size, reach))
}

/** `[.., n, ..]` -> `[.., n * step, ..]`: every element followed by `step - 1` zeros. */
function interleaveZeros(x: FloatValue, axis: number, step: number): FloatValue {
  const dims = x.shape.map((_, i) => sizeOf(x, i))
  const apart = reshape(x, [...dims.slice(0, axis + 1), 1, ...dims.slice(axis + 1)])
  const none = apart.shape.map(() => 0)
  const filled = pad(
    apart,
    none,
    none.map((_, i) => (i === axis + 1 ? step - 1 : 0)),
    scalar(x.dtype, 0),
  )
  return reshape(filled, [...dims.slice(0, axis), sizeMul(dims[axis], step), ...dims.slice(axis + 1)])
}
