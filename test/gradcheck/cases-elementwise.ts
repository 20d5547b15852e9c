import type { FloatValue } from '../../src/autodiff/rule.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import * as ops from '../../src/ops/elementwise.ts'
import { emitOne } from '../../src/ops/infer.ts'
import { float32 } from '../../src/tensor/tensor.ts'
import type { GradientCase, InputSpec } from './gradcheck.ts'

type Range = readonly [number, number]

/** A function of one operand, on numbers of `range`. */
function unary(
  name: string,
  build: (x: FloatValue) => Value,
  range: Range = [-2, 2],
  dtype?: 'float32',
): GradientCase {
  return { name, inputs: [{ shape: [3, 7], range }], build: ([x]) => build(x), dtype }
}

/** A function of two operands: equal shapes, both broadcast, and symbols against ones and numbers. */
function binary(
  name: string,
  build: (a: FloatValue, b: FloatValue) => Value,
  ranges: readonly [Range, Range] = [
    [-2, 2],
    [-2, 2],
  ],
  dtype?: 'float32',
): GradientCase[] {
  const pairs: readonly (readonly [string, InputSpec, InputSpec])[] = [
    ['equal shapes', { shape: [2, 3] }, { shape: [2, 3] }],
    ['broadcast both ways', { shape: [4, 1, 3] }, { shape: [2, 1] }],
    ['a scalar', { shape: [] }, { shape: [2, 3] }],
    ['symbols', { shape: [2, 5, 3], dims: ['N', 'H', 3] }, { shape: [5, 1], dims: ['H', 1] }],
  ]
  return pairs.map(([how, a, b]) => ({
    name: `${name}, ${how}`,
    inputs: [
      { ...a, range: ranges[0] },
      { ...b, range: ranges[1] },
    ],
    build: ([x, y]) => build(x, y),
    dtype,
  }))
}

/** `count` numbers from -2 to 2 that keep away from 0. */
const AWAY_FROM_ZERO = Array.from({ length: 20 }, (_, i) => (i - 9.5) / 5)

function kinked(name: string, build: (x: FloatValue) => Value): GradientCase {
  return { name, inputs: [{ shape: [4, 5], values: AWAY_FROM_ZERO }], build: ([x]) => build(x) }
}

export const ELEMENTWISE: Readonly<Record<string, readonly GradientCase[]>> = {
  Add: binary('Add', ops.add),
  Sub: binary('Sub', ops.sub),
  Mul: binary('Mul', ops.mul),
  Div: binary('Div', ops.div, [
    [-2, 2],
    [0.5, 2],
  ]),
  Pow: [
    ...binary('Pow', ops.pow, [
      [0.5, 2],
      [-2, 2],
    ]),
    { name: 'Pow, constant 0', inputs: [{ shape: [3], values: [0, 1, -2] }], build: ([x]) => ops.pow(x, 0) },
    {
      name: 'Pow, exponent 0 among others',
      inputs: [{ shape: [4], values: [0, 1, -2, 3] }],
      build: ([x]) => ops.pow(x, ops.cast(constant(float32([0, 0, 0, 2])), x.dtype)),
    },
    unary('Pow, constant 2', (x) => ops.pow(x, 2)),
    unary('Pow, constant 3', (x) => ops.pow(x, 3)),
    unary('Pow, constant -0.5', (x) => ops.pow(x, -0.5), [0.5, 2]),
  ],
  Min: binary('Min', ops.minimum),
  Max: binary('Max', ops.maximum),
  Where: binary('Where', (a, b) => ops.where(ops.greater(ops.add(a, b), 0), ops.mul(a, 2), b)),
  Neg: [unary('Neg', ops.neg)],
  Abs: [kinked('Abs', ops.abs)],
  Exp: [unary('Exp', ops.exp)],
  Log: [unary('Log', ops.log, [0.3, 3])],
  Sqrt: [unary('Sqrt', ops.sqrt, [0.3, 3])],
  Reciprocal: [unary('Reciprocal', ops.reciprocal, [0.5, 2])],
  Relu: [kinked('Relu', ops.relu)],
  Sigmoid: [unary('Sigmoid', ops.sigmoid)],
  Tanh: [unary('Tanh', ops.tanh)],
  Erf: [unary('Erf', ops.erf, [-2, 2], 'float32')],
  Softplus: [unary('Softplus', ops.softplus, [-2, 2], 'float32')],
  // No number within a step of the bounds, -3 and 3.
  HardSigmoid: [
    {
      name: 'HardSigmoid',
      inputs: [{ shape: [4, 5], values: Array.from({ length: 20 }, (_, i) => (i - 9.5) / 2) }],
      build: ([x]) => ops.hardSigmoid(x),
      dtype: 'float32',
    },
    {
      name: 'HardSigmoid, as hard swish',
      inputs: [{ shape: [4, 5], values: Array.from({ length: 20 }, (_, i) => (i - 9.5) / 2) }],
      build: ([x]) => ops.hardSwish(x),
      dtype: 'float32',
    },
  ],
  Identity: [unary('Identity', (x) => emitOne(ops.Identity, [ops.mul(x, x)], {}))],
  Cast: [unary('Cast', (x) => ops.cast(ops.mul(ops.cast(x, 'float64'), 3), 'float32'), [-2, 2], 'float32')],
}
