import { z } from 'zod'
import type { FeatureMap } from '../../detection/feature-map.ts'
import { ConfigError } from '../../errors.ts'
import { at } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import type { Layer } from '../../nn/conv.ts'
import type { Init } from '../../nn/init.ts'
import { convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { add, relu } from '../../ops/elementwise.ts'
import { maxPool } from '../../ops/pool.ts'
import { MOST } from '../setting-limits.ts'
import { norm, upTo } from '../setting-schemas.ts'

export type ResNetName = 'resnet18' | 'resnet34' | 'resnet50' | 'resnet101' | 'resnet152'

/** A residual network (He et al. 2015, stride in the 3x3 convolution), torchvision's names and layout. */
export interface ResNetConfig {
  readonly name: ResNetName
  readonly norm: NormConfig
  /** Channels after the stem, 64 in the paper; all others follow. */
  readonly stemWidth?: number
  /** ResNeXt (Xie et al. 2016), from resnet50 on: groups of the 3x3 convolution and its width per group at 64 channels. */
  readonly groups?: number
  readonly widthPerGroup?: number
}

export const RESNET_SCHEMA = z.strictObject({
  name: z.enum(['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152']),
  norm,
  stemWidth: upTo(MOST.stemWidth).optional(),
  groups: upTo(MOST.groups).optional(),
  widthPerGroup: upTo(MOST.widthPerGroup).optional(),
}) satisfies z.ZodType<ResNetConfig>

const BLOCKS: Readonly<
  Record<ResNetName, { readonly counts: readonly number[]; readonly bottleneck: boolean }>
> = {
  resnet18: { counts: [2, 2, 2, 2], bottleneck: false },
  resnet34: { counts: [3, 4, 6, 3], bottleneck: false },
  resnet50: { counts: [3, 4, 6, 3], bottleneck: true },
  resnet101: { counts: [3, 4, 23, 3], bottleneck: true },
  resnet152: { counts: [3, 8, 36, 3], bottleneck: true },
}
const BOTTLENECK_EXPANSION = 4
const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

const RESNET_NAMES = Object.keys(BLOCKS) as ResNetName[]

/** Channels of the four stages C2..C5 (strides 4, 8, 16, 32). */
export function resnetChannels({ name, stemWidth = 64 }: ResNetConfig): number[] {
  const expansion = blocksOf(name).bottleneck ? BOTTLENECK_EXPANSION : 1
  return [1, 2, 4, 8].map((factor) => stemWidth * factor * expansion)
}

/**
 * x `[N, 3, H, W]` -> the outputs of the four stages, `[N, Cl, H / 4 .. H / 32, ...]` (rounded up). Throws `ConfigError` for
 * groups or widths per group where the blocks have none, as torchvision does.
 */
export function resnet(scope: Scope, config: ResNetConfig): (x: Value<'float32'>) => FeatureMap[] {
  const { counts, bottleneck } = blocksOf(config.name)
  if (!bottleneck) refuseGroups(config)
  const { norm, stemWidth = 64 } = config
  const stem = convNorm(scope, {
    ...names('conv1', 'bn1'),
    ...{ in: 3, out: stemWidth, kernel: 7, stride: 2, padding: 3, norm, init: CONV_INIT },
  })
  const channels = resnetChannels(config)
  const stages = counts.map((count, stage) => {
    const planes = stemWidth * 2 ** stage
    return Array.from({ length: count }, (_, i) => {
      const place = scope.child(`layer${stage + 1}.${i}`)
      const block = {
        in: i > 0 ? channels[stage] : stage > 0 ? channels[stage - 1] : stemWidth,
        out: channels[stage],
        planes,
        stride: i === 0 && stage > 0 ? 2 : 1,
      }
      return bottleneck ? bottleneckBlock(place, block, config) : basicBlock(place, block, norm)
    })
  })
  return (x) => {
    let map = at(scope.path, () => maxPool(relu(stem(x)), { kernel: 3, stride: 2, padding: 1 }))
    return stages.map((blocks, stage) => {
      for (const block of blocks) map = block(map)
      return { value: map, stride: 4 * 2 ** stage, channels: channels[stage] }
    })
  }
}

interface Block {
  readonly in: number
  readonly out: number
  readonly planes: number
  readonly stride: number
}

function basicBlock(scope: Scope, { in: channels, out, stride }: Block, norm: NormConfig): Layer {
  const shared = { norm, init: CONV_INIT, kernel: 3, padding: 1, out }
  const first = convNorm(scope, { ...names('conv1', 'bn1'), ...shared, in: channels, stride })
  const second = convNorm(scope, { ...names('conv2', 'bn2'), ...shared, in: out })
  const shortcut = shortcutLayer(scope, channels, out, stride, norm)
  return (x) => at(scope.path, () => relu(add(second(relu(first(x))), shortcut(x))))
}

function bottleneckBlock(
  scope: Scope,
  { in: channels, out, planes, stride }: Block,
  { norm, groups = 1, widthPerGroup = 64 }: ResNetConfig,
): Layer {
  const width = Math.floor(planes * (widthPerGroup / 64)) * groups
  const shared = { norm, init: CONV_INIT }
  const reduce = convNorm(scope, { ...names('conv1', 'bn1'), ...shared, in: channels, out: width, kernel: 1 })
  const middle = convNorm(scope, {
    ...names('conv2', 'bn2'),
    ...shared,
    ...{ in: width, out: width, kernel: 3, stride, padding: 1, groups },
  })
  const restore = convNorm(scope, { ...names('conv3', 'bn3'), ...shared, in: width, out, kernel: 1 })
  const shortcut = shortcutLayer(scope, channels, out, stride, norm)
  return (x) => at(scope.path, () => relu(add(restore(relu(middle(relu(reduce(x))))), shortcut(x))))
}

/** Identity, or a 1x1 convolution where channels or size change. */
function shortcutLayer(scope: Scope, channels: number, out: number, stride: number, norm: NormConfig): Layer {
  if (channels === out && stride === 1) return (x) => x
  return convNorm(scope.child('downsample'), {
    ...names('0', '1'),
    ...{ in: channels, out, kernel: 1, stride, norm, init: CONV_INIT },
  })
}

function refuseGroups({ name, groups = 1, widthPerGroup = 64 }: ResNetConfig): void {
  if (groups === 1 && widthPerGroup === 64) return
  throw new ConfigError('this backbone has no groups', {
    where: 'backbone',
    expected: `groups 1 and widthPerGroup 64 with ${name}`,
    got: `${groups} and ${widthPerGroup}`,
    hint: 'Leave them out, or take resnet50, resnet101 or resnet152',
  })
}

function names(conv: string, normName: string) {
  return { conv, normName }
}

function blocksOf(name: ResNetName) {
  const blocks = BLOCKS[name]
  if (!blocks) {
    throw new ConfigError('there is no such backbone', {
      where: 'backbone.name',
      expected: RESNET_NAMES.join(', '),
      got: String(name),
    })
  }
  return blocks
}
