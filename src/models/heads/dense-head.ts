/** What heads that predict at every place of every map share. */
import { meanPositives } from '../../detection/balanced-sample.ts'
import type { Value } from '../../graph/value.ts'
import type { Layer } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { cast, relu } from '../../ops/elementwise.ts'
import { concat, unsqueeze } from '../../ops/layout.ts'
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
  return meanPositives(targets.map(({ isPositive }) => ({ positiveWeight: cast(isPositive, 'float32') })))
}

/**
 * 3x3 convolutions that keep `channels`, each with its norm and relu; `placed` says where one's weights belong, and whether it has
 * a bias beside its norm.
 */
export function tower(
  channels: number,
  convs: number,
  norm: NormConfig | undefined,
  placed: (i: number) => {
    readonly scope: Scope
    readonly conv: string
    readonly normName: string
    readonly bias?: boolean
  },
): Layer {
  const layers = Array.from({ length: convs }, (_, i) => {
    const { scope, ...names } = placed(i)
    return convNorm(scope, {
      ...names,
      norm,
      init: DENSE_INIT,
      biasInit: ZEROS,
      in: channels,
      out: channels,
      kernel: 3,
      padding: 1,
    })
  })
  return (map) => layers.reduce((x, layer) => relu(layer(x)), map)
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
