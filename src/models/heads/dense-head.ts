/** What heads that predict at every place of every map share. */
import type { Value } from '../../graph/value.ts'
import type { Init } from '../../nn/init.ts'
import { add, cast, div } from '../../ops/elementwise.ts'
import { concat, unsqueeze } from '../../ops/layout.ts'
import { reduceSum } from '../../ops/reduce.ts'
import type { Dtype } from '../../tensor/dtype.ts'

export const DENSE_INIT: Init = { kind: 'normal', std: 0.01 }
/** Every class begins with this probability, so that the many places of background do not outweigh all else (Lin et al. 2017). */
const PRIOR = 0.01
export const PRIOR_BIAS: Init = { kind: 'constant', value: -Math.log((1 - PRIOR) / PRIOR) }

/** One part of what the places of each image learn, for all images: `[R, ...]` each -> `[N, R, ...]`. */
export function stacked<T, D extends Dtype>(targets: readonly T[], part: (target: T) => Value<D>): Value<D> {
  return concat(
    targets.map((target) => unsqueeze(part(target), 0)),
    0,
  )
}

/** Places that stand for objects in an image, on average. */
export function positivesPerImage(
  targets: readonly { readonly isPositive: Value<'bool'> }[],
): Value<'float32'> {
  const counts = targets.map(({ isPositive }) => reduceSum(cast(isPositive, 'float32')))
  return div(
    counts.reduce((a, b) => add(a, b)),
    targets.length,
  )
}

/** What is said of each map by rows, `[N, R, ...]` each, of all maps, one after the other. */
export function joinedRows<T extends { readonly [part in keyof T]: Value<'float32'> }>(
  levels: readonly T[],
): T {
  const parts = Object.keys(levels[0]) as (keyof T)[]
  const joined = parts.map((part) => [
    part,
    concat(
      levels.map((level) => level[part]),
      1,
    ),
  ])
  return Object.fromEntries(joined)
}
