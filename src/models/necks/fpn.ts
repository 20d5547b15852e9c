import { z } from 'zod'
import type { FeatureMap } from '../../detection/feature-map.ts'
import { at } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { conv2d } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { add, relu } from '../../ops/elementwise.ts'
import { sizeOf } from '../../ops/layout.ts'
import { maxPool } from '../../ops/pool.ts'
import { resize } from '../../ops/resize.ts'
import { norm, width } from '../setting-schemas.ts'

export interface FpnConfig {
  /** Channels of every level. */
  readonly channels: number
  /** Norm after each convolution, which then has no bias; none in the paper. */
  readonly norm?: NormConfig
  /** The levels beyond the body's stages; by default one, by pooling. */
  readonly extra?: ExtraLevels
}

/**
 * `pool`: one level, every second cell of the last. `conv`: two levels, each by a 3x3 convolution of stride 2, a ReLU between
 * them, of the last level (P5) or of the body's last stage (C5), as the paper of RetinaNet has it (Lin et al. 2017, section 4).
 */
export type ExtraLevels = { readonly kind: 'pool' } | { readonly kind: 'conv'; readonly of: 'P5' | 'C5' }

const EXTRA_NAMES = { pool: ['pool'], conv: ['p6', 'p7'] } as const

/** torchvision's names of the levels beyond the body's stages. */
export function extraNames({ extra = { kind: 'pool' } }: FpnConfig): readonly string[] {
  return EXTRA_NAMES[extra.kind]
}

export const FPN_SCHEMA = z.strictObject({
  channels: width,
  norm: norm.optional(),
  extra: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('pool') }),
      z.strictObject({ kind: z.literal('conv'), of: z.enum(['P5', 'C5']) }),
    ])
    .optional(),
}) satisfies z.ZodType<FpnConfig>

const CONV_INIT: Init = { kind: 'kaimingUniform', slope: 1 }

/**
 * Feature pyramid (Lin et al. 2017): maps of `inChannels` (C2..C5) -> as many of `channels` (P2..P5), and the coarser ones that
 * `extra` says. The coarser map is enlarged by nearest neighbour to the size of the finer.
 */
export function fpn(
  scope: Scope,
  inChannels: readonly number[],
  { channels, norm, extra = { kind: 'pool' } }: FpnConfig,
): (maps: readonly FeatureMap[]) => FeatureMap[] {
  const shared = { out: channels, norm, init: CONV_INIT, biasInit: ZEROS, conv: '0', normName: '1' }
  const inner = inChannels.map((count, i) =>
    convNorm(scope.child(`inner_blocks.${i}`), { ...shared, in: count, kernel: 1 }),
  )
  const outer = inChannels.map((_, i) =>
    convNorm(scope.child(`layer_blocks.${i}`), { ...shared, in: channels, kernel: 3, padding: 1 }),
  )
  const beyond = extraLevels(scope.child('extra_blocks'), inChannels[inChannels.length - 1], channels, extra)
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
      const [c5, p5] = [maps[maps.length - 1], levels[levels.length - 1]]
      const coarse = beyond(c5.value, p5.value)
      return [...levels, ...coarse.map((value, i) => ({ value, stride: p5.stride * 2 ** (i + 1), channels }))]
    })
}

/** The last map of the body and of the pyramid -> the levels beyond. */
function extraLevels(
  scope: Scope,
  inChannels: number,
  channels: number,
  extra: ExtraLevels,
): (c5: Value<'float32'>, p5: Value<'float32'>) => Value<'float32'>[] {
  if (extra.kind === 'pool') return (_, p5) => [maxPool(p5, { kernel: 1, stride: 2 })]
  const ofBody = extra.of === 'C5'
  const halved = { out: channels, kernel: 3, stride: 2, padding: 1, init: CONV_INIT, biasInit: ZEROS }
  const p6 = conv2d(scope.child('p6'), { ...halved, in: ofBody ? inChannels : channels })
  const p7 = conv2d(scope.child('p7'), { ...halved, in: channels })
  return (c5, p5) => {
    const sixth = p6(ofBody ? c5 : p5)
    return [sixth, p7(relu(sixth))]
  }
}

function enlarged(coarser: Value<'float32'>, like: Value<'float32'>): Value<'float32'> {
  return resize(coarser, { height: sizeOf(like, 2), width: sizeOf(like, 3), mode: 'nearest' })
}
