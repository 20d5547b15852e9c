import { GraphError, ShapeError } from '../errors.ts'
import {
  addDims,
  type Dim,
  divideDims,
  isKnown,
  maxDims,
  minDims,
  multiplyDims,
  subtractDims,
} from '../graph/dim.ts'
import { defineOp, type Inputs, type Op, type ValueType } from '../graph/op.ts'
import { currentPath } from '../graph/path.ts'
import { constant, constantTensor, type Value } from '../graph/value.ts'
import type { Dtype, FloatDtype } from '../tensor/dtype.ts'
import { ARRAYS } from '../tensor/dtype.ts'
import { numberToFloat16, type Tensor, toNumbers } from '../tensor/tensor.ts'
import { broadcastShapes, emitOne, need, type Operand, requireDtype, scalar } from './infer.ts'

type NoAttributes = Record<never, never>
type Arithmetic = (a: Dim, b: Dim) => Dim

const NUMERIC: readonly Dtype[] = ['float32', 'float64', 'float16', 'int64', 'int32', 'uint8', 'int8']
const FLOATS: readonly Dtype[] = ['float32', 'float64', 'float16']

/** Two numeric operands of one dtype, broadcast against each other. */
function binary(name: string, arithmetic?: Arithmetic): Op<NoAttributes> {
  return defineOp({
    name,
    infer(inputs) {
      const [a, b] = pair(inputs)
      requireDtype(a, NUMERIC, 'operand')
      const shape = broadcastShapes(a.shape, b.shape)
      return [{ dtype: a.dtype, shape, content: contentOf(a, b, shape, arithmetic) }]
    },
  })
}

function compare(name: string, dtypes: readonly Dtype[] = [...NUMERIC, 'bool']): Op<NoAttributes> {
  return defineOp({
    name,
    infer(inputs) {
      const [a, b] = pair(inputs)
      requireDtype(a, dtypes, 'operand')
      return [{ dtype: 'bool', shape: broadcastShapes(a.shape, b.shape) }]
    },
  })
}

function unary(name: string, dtypes: readonly Dtype[]): Op<NoAttributes> {
  return defineOp({
    name,
    infer(inputs) {
      const x = need(inputs, 0)
      requireDtype(x, dtypes, 'operand')
      return [{ dtype: x.dtype, shape: x.shape }]
    },
  })
}

function pair(inputs: Inputs): [Value, Value] {
  const a = need(inputs, 0)
  const b = need(inputs, 1)
  requireDtype(b, [a.dtype], 'second operand')
  return [a, b]
}

/** ONNX truncates integers toward zero; symbols are sizes, which are never negative. */
function truncatedQuotient(a: Dim, b: Dim): Dim {
  return isKnown(a) && isKnown(b) ? Math.trunc(a / b) : divideDims(a, b)
}

/** Shape arithmetic on sizes: scalars and vectors of one length. */
function contentOf(a: Value, b: Value, shape: readonly Dim[], arithmetic?: Arithmetic): Dim[] | undefined {
  if (!arithmetic || !a.content || !b.content || shape.length > 1) return undefined
  const length = Math.max(a.content.length, b.content.length)
  const pick = (content: readonly Dim[], i: number) => (content.length === 1 ? content[0] : content[i])
  return Array.from({ length }, (_, i) => arithmetic(pick(a.content!, i), pick(b.content!, i)))
}

export const Add = binary('Add', addDims)
export const Sub = binary('Sub', subtractDims)
export const Mul = binary('Mul', multiplyDims)
export const Div = binary('Div', truncatedQuotient)
export const Pow = binary('Pow')
export const Min = binary('Min', minDims)
export const Max = binary('Max', maxDims)
export const Equal = compare('Equal')
export const Less = compare('Less', NUMERIC)
export const LessOrEqual = compare('LessOrEqual', NUMERIC)
export const Greater = compare('Greater', NUMERIC)
export const GreaterOrEqual = compare('GreaterOrEqual', NUMERIC)
export const And = compare('And', ['bool'])
export const Or = compare('Or', ['bool'])
export const Not = unary('Not', ['bool'])
export const Neg = unary('Neg', NUMERIC)
export const Abs = unary('Abs', NUMERIC)
export const Sign = unary('Sign', NUMERIC)
export const Exp = unary('Exp', FLOATS)
export const Log = unary('Log', FLOATS)
export const Sqrt = unary('Sqrt', FLOATS)
export const Reciprocal = unary('Reciprocal', FLOATS)
export const Floor = unary('Floor', FLOATS)
export const Ceil = unary('Ceil', FLOATS)
/** Half to even. */
export const Round = unary('Round', FLOATS)
export const Relu = unary('Relu', FLOATS)
export const Sigmoid = unary('Sigmoid', FLOATS)
export const Tanh = unary('Tanh', FLOATS)
export const Erf = unary('Erf', FLOATS)
export const Softplus = unary('Softplus', FLOATS)
/** `alpha x + beta`, between 0 and 1. */
export const HardSigmoid = defineOp<{ readonly alpha: number; readonly beta: number }>({
  name: 'HardSigmoid',
  floats: ['alpha', 'beta'],
  infer(inputs) {
    const x = need(inputs, 0)
    requireDtype(x, FLOATS, 'operand')
    return [{ dtype: x.dtype, shape: x.shape }]
  },
})
export const Identity = unary('Identity', [...NUMERIC, 'bool'])
/** `Identity` that gradients do not pass. */
export const StopGradient = defineOp<NoAttributes>({
  name: 'StopGradient',
  infer: (inputs) => [{ dtype: need(inputs, 0).dtype, shape: need(inputs, 0).shape }],
  expand: (inputs) => [need(inputs, 0)],
})

export const Cast = defineOp<{ readonly to: Dtype }>({
  name: 'Cast',
  infer(inputs, { to }): ValueType[] {
    const x = need(inputs, 0)
    return [{ dtype: to, shape: x.shape, content: to === 'int64' ? (x.content ?? freshSize(x)) : undefined }]
  },
})

let computedSizes = 0

/** A size that only the graph can compute (an image scaled by a float) gets a name when it becomes an integer. */
function freshSize({ shape }: Value): Dim[] | undefined {
  const isOneNumber = shape.length === 0 || (shape.length === 1 && shape[0] === 1)
  return isOneNumber ? [`size${computedSizes++}`] : undefined
}

export const Where = defineOp<NoAttributes>({
  name: 'Where',
  infer(inputs) {
    const condition = need(inputs, 0)
    requireDtype(condition, ['bool'], 'condition')
    const [a, b] = pair(inputs.slice(1))
    return [{ dtype: a.dtype, shape: broadcastShapes(condition.shape, a.shape, b.shape) }]
  },
})

function two<D extends Dtype>(op: Op<NoAttributes>, a: Operand<D>, b: Operand<D>): Value<D> {
  const [left, right] = lift(a, b)
  return emitOne(op, [left, right], {})
}

function lift<D extends Dtype>(a: Operand<D>, b: Operand<D>): [Value<D>, Value<D>] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? scalar(a.dtype, b) : b]
  if (typeof b !== 'number') return [scalar(b.dtype, a), b]
  throw new GraphError('an operation of two numbers is no part of a graph', {
    where: currentPath() || 'graph',
    expected: 'at least one value',
    got: `${a} and ${b}`,
  })
}

export const add = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => two(Add, a, b)
export const sub = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => two(Sub, a, b)
export const mul = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => two(Mul, a, b)
export const div = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => two(Div, a, b)
export const pow = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => two(Pow, a, b)
export const minimum = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => two(Min, a, b)
export const maximum = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => two(Max, a, b)
/** Values between `low` and `high`; either may be left open. */
export function clamp<D extends Dtype>(x: Value<D>, low?: Operand<D>, high?: Operand<D>): Value<D> {
  const raised = low === undefined ? x : maximum(x, low)
  return high === undefined ? raised : minimum(raised, high)
}

function question<D extends Dtype>(op: Op<NoAttributes>, a: Operand<D>, b: Operand<D>): Value<'bool'> {
  const [left, right] = lift(a, b)
  return emitOne(op, [left, right], {})
}

export const equal = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => question(Equal, a, b)
export const less = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => question(Less, a, b)
export const lessOrEqual = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => question(LessOrEqual, a, b)
export const greater = <D extends Dtype>(a: Operand<D>, b: Operand<D>) => question(Greater, a, b)
export const greaterOrEqual = <D extends Dtype>(a: Operand<D>, b: Operand<D>) =>
  question(GreaterOrEqual, a, b)
export const and = (a: Value<'bool'>, b: Value<'bool'>): Value<'bool'> => emitOne(And, [a, b], {})
export const or = (a: Value<'bool'>, b: Value<'bool'>): Value<'bool'> => emitOne(Or, [a, b], {})
export const not = (a: Value<'bool'>): Value<'bool'> => emitOne(Not, [a], {})

const one = <D extends Dtype>(op: Op<NoAttributes>, x: Value<D>): Value<D> => emitOne(op, [x], {})
export const neg = <D extends Dtype>(x: Value<D>) => one(Neg, x)
export const abs = <D extends Dtype>(x: Value<D>) => one(Abs, x)
export const sign = <D extends Dtype>(x: Value<D>) => one(Sign, x)
export const exp = <D extends FloatDtype>(x: Value<D>) => one(Exp, x)
export const log = <D extends FloatDtype>(x: Value<D>) => one(Log, x)
export const sqrt = <D extends FloatDtype>(x: Value<D>) => one(Sqrt, x)
export const reciprocal = <D extends FloatDtype>(x: Value<D>) => one(Reciprocal, x)
export const floor = <D extends FloatDtype>(x: Value<D>) => one(Floor, x)
export const ceil = <D extends FloatDtype>(x: Value<D>) => one(Ceil, x)
export const round = <D extends FloatDtype>(x: Value<D>) => one(Round, x)
export const relu = <D extends FloatDtype>(x: Value<D>) => one(Relu, x)
export const sigmoid = <D extends FloatDtype>(x: Value<D>) => one(Sigmoid, x)
export const tanh = <D extends FloatDtype>(x: Value<D>) => one(Tanh, x)
export const erf = <D extends FloatDtype>(x: Value<D>) => one(Erf, x)
export const softplus = <D extends FloatDtype>(x: Value<D>) => one(Softplus, x)
/** `(x + 3) / 6` between 0 and 1 (Howard et al. 2019, MobileNetV3). */
export const hardSigmoid = <D extends FloatDtype>(x: Value<D>): Value<D> =>
  emitOne(HardSigmoid, [x], { alpha: 1 / 6, beta: 0.5 })
/** `x (x + 3) / 6`, the last factor between 0 and 1 (Howard et al. 2019). */
export const hardSwish = <D extends FloatDtype>(x: Value<D>) => mul(x, hardSigmoid(x))
export const identity = <D extends Dtype>(x: Value<D>) => one(Identity, x)
export const stopGradient = <D extends Dtype>(x: Value<D>) => one(StopGradient, x)

/** The same numbers in another dtype; constants are cast while building. */
export function cast<D extends Dtype>(x: Value, to: D): Value<D> {
  if (x.dtype === to) return x as Value<D>
  const known = constantTensor(x)
  if (known && known.data.length <= 16 && x.source.kind === 'constant' && !x.source.name)
    return constant(castTensor(known, to))
  return emitOne(Cast, [x], { to })
}

function castTensor<D extends Dtype>(source: Tensor, to: D): Tensor<D> {
  const data = new ARRAYS[to](source.data.length)
  for (const [i, value] of toNumbers(source).entries()) {
    if (to === 'int64') (data as BigInt64Array)[i] = BigInt(wholeNumber(value))
    else if (to === 'float16') (data as Uint16Array)[i] = numberToFloat16(value)
    else
      (data as Float32Array)[i] =
        to === 'bool' ? Number(value !== 0) : to.startsWith('float') ? value : Math.trunc(value)
  }
  return { dtype: to, shape: source.shape, data } as Tensor<D>
}

/** The number without its fraction. Throws `ShapeError` for what no integer stands for. */
function wholeNumber(value: number): number {
  if (Number.isFinite(value)) return Math.trunc(value)
  throw new ShapeError('a number has no integer', { where: currentPath() || 'graph', got: `${value}` })
}

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where<D extends Dtype>(condition: Value<'bool'>, a: Operand<D>, b: Operand<D>): Value<D> {
  const [left, right] = lift(a, b)
  return emitOne(Where, [condition, left, right], {})
}
