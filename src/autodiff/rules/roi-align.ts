import type { Value } from '../../graph/value.ts'
import { type RoiAlignAttributes, roiAlignProblem } from '../../ops/roi-align.ts'
import { roiAlignGradients } from '../../ops/roi-align-gradient.ts'
import { maxRoiAlignGradients } from '../../ops/roi-align-max.ts'
import { gradOutput, type RuleContext } from '../rule.ts'

/** Inputs before the maps: rois, images and levels. RoIs are constants to the gradient, as in the papers' detectors. */
const MAPS = 3

/** Gradients of the maps alone. */
export function roiAlignRule(context: RuleContext<RoiAlignAttributes>): readonly (Value | undefined)[] {
  const problem = roiAlignProblem(context.inputs, context.attributes)
  const gradient = gradOutput(context) as Value<'float32'>
  const ofMaps =
    problem.reduce === 'max'
      ? maxRoiAlignGradients(problem, gradient)
      : roiAlignGradients(problem, gradient, (level) => context.wants(MAPS + level))
  return [undefined, undefined, undefined, ...ofMaps]
}
