/** How far down limits on the number of boxes reach. */
import { constant, type Value } from '../graph/value.ts'
import { concat, slice } from '../ops/layout.ts'
import { reduceMax } from '../ops/reduce.ts'
import { float32 } from '../tensor/tensor.ts'

/** Of falling scores the one that is as far down as a limit reaches, `[1]`; `[0]` where there are fewer. */
export function lastOf(scores: Value<'float32'>, limit: number): Value<'float32'> {
  return slice(scores, 0, limit - 1, limit)
}

/** The highest of such scores, float32 `[1]`, 0 where no limit was reached: what limits left out scores as much or less. */
export function floorOf(lasts: readonly Value<'float32'>[]): Value<'float32'> {
  return reduceMax(concat([constant(float32([0])), ...lasts], 0), [0], { keepDims: true })
}
