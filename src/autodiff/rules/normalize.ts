import { exp, mul, sub } from '../../ops/elementwise.ts'
import { reduceSum } from '../../ops/reduce.ts'
import { type FloatValue, gradOutput, type RuleContext } from '../rule.ts'

type Axis = { readonly axis: number }

/** y (g - sum(g y)). */
export function softmaxRule(context: RuleContext<Axis>) {
  const g = gradOutput(context)
  const y = context.outputs[0] as FloatValue
  return [mul(y, sub(g, reduceSum(mul(g, y), [context.attributes.axis], { keepDims: true })))]
}

/** g - softmax(x) sum(g). */
export function logSoftmaxRule(context: RuleContext<Axis>) {
  const g = gradOutput(context)
  const y = context.outputs[0] as FloatValue
  return [sub(g, mul(exp(y), reduceSum(g, [context.attributes.axis], { keepDims: true })))]
}
