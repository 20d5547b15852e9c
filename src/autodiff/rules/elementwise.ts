import type { Value } from '../../graph/value.ts'
import {
  add,
  and,
  cast,
  div,
  equal,
  exp,
  greater,
  greaterOrEqual,
  type HardSigmoid,
  less,
  lessOrEqual,
  log,
  mul,
  neg,
  pow,
  sigmoid,
  sign,
  sub,
  where,
} from '../../ops/elementwise.ts'
import { constantNumbers } from '../../ops/layout.ts'
import {
  type FloatValue,
  floatInput,
  type GradientRule,
  gradOutput,
  type RuleContext,
  zerosLike,
} from '../rule.ts'

/** Rule of a function of one operand from its derivative times the incoming gradient. */
function unary(gradient: (g: FloatValue, x: FloatValue, y: FloatValue) => Value): GradientRule {
  return (context) => [
    gradient(gradOutput(context), floatInput(context, 0), context.outputs[0] as FloatValue),
  ]
}

type BinaryPart = (g: FloatValue, a: FloatValue, b: FloatValue, y: FloatValue) => Value

function binary(first: BinaryPart, second: BinaryPart): GradientRule {
  return (context) => {
    const parts = [first, second]
    const [a, b] = [floatInput(context, 0), floatInput(context, 1)]
    return parts.map((part, i) =>
      context.wants(i) ? part(gradOutput(context), a, b, context.outputs[0] as FloatValue) : undefined,
    )
  }
}

const pass: BinaryPart = (g) => g

export const addRule = binary(pass, pass)
export const subRule = binary(pass, (g) => neg(g))
export const mulRule = binary(
  (g, _a, b) => mul(g, b),
  (g, a) => mul(g, a),
)
/** d(a/b)/db = -(a/b)/b. */
export const divRule = binary(
  (g, _a, b) => div(g, b),
  (g, _a, b, y) => neg(mul(g, div(y, b))),
)
/** As in PyTorch the derivative by the base is 0 where the exponent is 0; that by the exponent is taken as 0 where the base is not positive. */
export const powRule = binary(
  (g, a, b) => {
    const [exponent] = constantNumbers(b)?.length === 1 ? (constantNumbers(b) as number[]) : []
    if (exponent === 0) return zerosLike(a)
    if (exponent === 2) return mul(g, add(a, a))
    if (exponent !== undefined) return mul(g, mul(b, pow(a, exponent - 1)))
    return mul(g, where(equal(b, 0), 0, mul(b, pow(a, sub(b, 1)))))
  },
  (g, a, _b, y) => {
    const positive = greater(a, 0)
    return mul(g, mul(y, where(positive, log(where(positive, a, 1)), 0)))
  },
)
/** Where both are equal the first operand takes all: a clamped value at its bound still passes, as in PyTorch's clamp. */
export const minRule = binary(
  (g, a, b) => where(lessOrEqual(a, b), g, 0),
  (g, a, b) => where(less(b, a), g, 0),
)
export const maxRule = binary(
  (g, a, b) => where(greaterOrEqual(a, b), g, 0),
  (g, a, b) => where(greater(b, a), g, 0),
)

export const negRule = unary((g) => neg(g))
export const absRule = unary((g, x) => mul(g, sign(x)))
export const expRule = unary((g, _x, y) => mul(g, y))
export const logRule = unary((g, x) => div(g, x))
export const sqrtRule = unary((g, _x, y) => div(mul(g, 0.5), y))
export const reciprocalRule = unary((g, _x, y) => neg(mul(g, mul(y, y))))
/** 0 at 0, as in PyTorch. */
export const reluRule = unary((g, _x, y) => mul(g, cast(greater(y, 0), g.dtype)))
export const sigmoidRule = unary((g, _x, y) => mul(g, mul(y, sub(1, y))))
export const tanhRule = unary((g, _x, y) => mul(g, sub(1, mul(y, y))))
export const erfRule = unary((g, x) => mul(g, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))))
export const softplusRule = unary((g, x) => mul(g, sigmoid(x)))
/** Alpha where the line is, 0 where it is cut, at the very bounds as well, as in PyTorch. */
export const hardSigmoidRule: GradientRule<typeof HardSigmoid> = (context) => {
  const y = context.outputs[0] as FloatValue
  const isLine = and(greater(y, 0), less(y, 1))
  return [mul(gradOutput(context), mul(cast(isLine, y.dtype), context.attributes.alpha))]
}
export const identityRule = unary((g) => g)
export const castRule = (context: Pick<RuleContext, 'inputs' | 'gradOutputs'>) => [
  cast(gradOutput(context), floatInput(context, 0).dtype),
]

export const whereRule: GradientRule = (context) => {
  const condition = context.inputs[0] as Value<'bool'>
  const g = gradOutput(context)
  return [
    undefined,
    context.wants(1) ? where(condition, g, 0) : undefined,
    context.wants(2) ? where(condition, 0, g) : undefined,
  ]
}
