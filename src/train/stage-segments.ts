import type { SegmentOf } from '../autodiff/recompute.ts'
import { ConfigError } from '../errors.ts'
import type { Trainable } from '../models/training-batch.ts'
import { isWithin } from '../nn/scope.ts'

/**
 * The stages of a model's body as segments that are computed again. What lies between its parts, at the path around them, belongs to
 * the first, the stem. Throws `ConfigError` where the model says of no parts.
 */
export function stageSegments({ freezable = [] }: Pick<Trainable, 'freezable'>): SegmentOf {
  if (freezable.length === 0) {
    throw new ConfigError('the model has no stages to compute again', {
      where: 'recompute',
      hint: 'Leave it out.',
    })
  }
  const [[first]] = freezable
  const around = first.slice(0, Math.max(0, first.lastIndexOf('.')))
  return ({ path }) => {
    const stage = freezable.findIndex((parts) => parts.some((part) => isWithin(path, part)))
    const found = stage < 0 && path === around ? 0 : stage
    return found < 0 ? undefined : `${found}`
  }
}
