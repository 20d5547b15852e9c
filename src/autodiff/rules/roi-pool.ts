import type { Value } from '../../graph/value.ts'
import { type RoiPoolAttributes, roiPoolGradients, roiPoolProblem } from '../../ops/roi-pool.ts'
import { gradOutput, type RuleContext } from '../rule.ts'

/** Gradients of the maps alone. */
export function roiPoolRule(context: RuleContext<RoiPoolAttributes>): readonly (Value | undefined)[] {
  const problem = roiPoolProblem(context.inputs, context.attributes)
  const gradient = gradOutput(context) as Value<'float32'>
  return [undefined, undefined, undefined, ...roiPoolGradients(problem, gradient)]
}
