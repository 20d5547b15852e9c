import { z } from 'zod'
import type { FeatureMap } from '../../detection/feature-map.ts'
import { at } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { add } from '../../ops/elementwise.ts'
import { sizeOf } from '../../ops/layout.ts'
import { maxPool } from '../../ops/pool.ts'
import { resize } from '../../ops/resize.ts'
import { norm, width } from '../setting-schemas.ts'

export interface FpnConfig {
  /** Channels of every level. */
  readonly channels: number
  /** Norm after each convolution, which then has no bias; none in the paper. */
  readonly norm?: NormConfig
}

export const FPN_SCHEMA = z.strictObject({
  channels: width,
  norm: norm.optional(),
}) satisfies z.ZodType<FpnConfig>

const CONV_INIT: Init = { kind: 'kaimingUniform', slope: 1 }

/**
 * Feature pyramid (Lin et al. 2017): maps of `inChannels` (C2..C5) -> as many of `channels` and one more (P2..P6). The coarser
 * map is enlarged by nearest neighbour to the size of the finer; the last is every second cell of the one before.
 */
export function fpn(
  scope: Scope,
  inChannels: readonly number[],
  { channels, norm }: FpnConfig,
): (maps: readonly FeatureMap[]) => FeatureMap[] {
  const shared = { out: channels, norm, init: CONV_INIT, biasInit: ZEROS, conv: '0', normName: '1' }
  const inner = inChannels.map((count, i) =>
    convNorm(scope.child(`inner_blocks.${i}`), { ...shared, in: count, kernel: 1 }),
  )
  const outer = inChannels.map((_, i) =>
    convNorm(scope.child(`layer_blocks.${i}`), { ...shared, in: channels, kernel: 3, padding: 1 }),
  )
  return (maps) =>
    at(scope.path, () => {
      const levels: FeatureMap[] = []
      let coarser: Value<'float32'> | undefined
      for (let i = maps.length - 1; i >= 0; i--) {
        const { value, stride } = maps[i]
        const lateral = inner[i](value)
        coarser = coarser ? add(lateral, enlarged(coarser, lateral)) : lateral
        levels.unshift({ value: outer[i](coarser), stride, channels })
      }
      const last = levels[levels.length - 1]
      const value = maxPool(last.value, { kernel: 1, stride: 2 })
      return [...levels, { value, stride: 2 * last.stride, channels }]
    })
}

function enlarged(coarser: Value<'float32'>, like: Value<'float32'>): Value<'float32'> {
  return resize(coarser, { height: sizeOf(like, 2), width: sizeOf(like, 3), mode: 'nearest' })
}
