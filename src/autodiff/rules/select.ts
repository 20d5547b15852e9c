import type { Value } from '../../graph/value.ts'
import { scatterElements } from '../../ops/gather.ts'
import type { TopKAttributes } from '../../ops/select.ts'
import { floatInput, gradOutput, type RuleContext, zerosLike } from '../rule.ts'

/** Back to where the values came from; their indices are unique. */
export function topKRule(context: RuleContext<TopKAttributes>) {
  const x = floatInput(context, 0)
  const indices = context.outputs[1] as Value<'int64'>
  return [
    scatterElements(zerosLike(x), indices, gradOutput(context), { axis: context.attributes.axis }),
    undefined,
  ]
}
