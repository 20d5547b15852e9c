import { z } from 'zod'
import { ConfigError } from '../../errors.ts'
import { at } from '../../graph/path.ts'
import type { Layer } from '../../nn/conv.ts'
import type { Init } from '../../nn/init.ts'
import { convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { add, relu } from '../../ops/elementwise.ts'
import { maxPool } from '../../ops/pool.ts'
import { MOST } from '../setting-limits.ts'
import { norm, stages, upTo } from '../setting-schemas.ts'
import type { Body, BodyFamily } from './body.ts'

/** A stack of blocks: how many in each stage, and for ResNeXt the groups of a bottleneck and their width at 64 channels. */
interface Plan {
  readonly counts: readonly number[]
  readonly bottleneck: boolean
  readonly groups?: number
  readonly widthPerGroup?: number
}

const PLANS = {
  resnet18: { counts: [2, 2, 2, 2], bottleneck: false },
  resnet34: { counts: [3, 4, 6, 3], bottleneck: false },
  resnet50: { counts: [3, 4, 6, 3], bottleneck: true },
  resnet101: { counts: [3, 4, 23, 3], bottleneck: true },
  resnet152: { counts: [3, 8, 36, 3], bottleneck: true },
  resnext50_32x4d: { counts: [3, 4, 6, 3], bottleneck: true, groups: 32, widthPerGroup: 4 },
  resnext101_32x8d: { counts: [3, 4, 23, 3], bottleneck: true, groups: 32, widthPerGroup: 8 },
  resnext101_64x4d: { counts: [3, 4, 23, 3], bottleneck: true, groups: 64, widthPerGroup: 4 },
} as const satisfies Readonly<Record<string, Plan>>

type ResNetName = keyof typeof PLANS

const NAMES = Object.keys(PLANS) as ResNetName[]

/** A residual network (He et al. 2015, Xie et al. 2016), torchvision's names and layout. */
export interface ResNetConfig {
  readonly name: ResNetName
  readonly norm: NormConfig
  /** Channels after the stem, 64 in the paper; all others follow. */
  readonly stemWidth?: number
  /** Groups of the 3x3 convolution and its width per group at 64 channels, where the name does not say them; from resnet50 on. */
  readonly groups?: number
  readonly widthPerGroup?: number
  /** Which convolution of a bottleneck halves the map: the 3x3 (default, torchvision) or the first 1x1 (the paper, Caffe2). */
  readonly strideIn?: '1x1' | '3x3'
  /** Stages that a pyramid is built on, 0 to 3 for C2 to C5; all where not given. */
  readonly stages?: readonly number[]
}

export const RESNETS: BodyFamily<ResNetConfig> = {
  names: NAMES,
  schema: z.strictObject({
    name: z.enum(NAMES),
    norm,
    stemWidth: upTo(MOST.stemWidth).optional(),
    groups: upTo(MOST.groups).optional(),
    widthPerGroup: upTo(MOST.widthPerGroup).optional(),
    strideIn: z.enum(['1x1', '3x3']).optional(),
    stages: stages.optional(),
  }),
  make: resnet,
}

const BOTTLENECK_EXPANSION = 4
const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

/**
 * Four stages C2..C5 of strides 4, 8, 16 and 32 (sizes rounded up); the stem belongs to the first. Throws `ConfigError` for
 * groups or strides that the blocks of that name do not have.
 */
function resnet(config: ResNetConfig): Body {
  const plan: Plan = PLANS[config.name]
  if (plan.bottleneck) refuseOtherGroups(config, plan)
  else refuseBottleneckSettings(config)
  const { norm, stemWidth = 64, strideIn = '3x3' } = config
  const { groups = config.groups ?? 1, widthPerGroup = config.widthPerGroup ?? 64 } = plan
  const expansion = plan.bottleneck ? BOTTLENECK_EXPANSION : 1
  const channels = [1, 2, 4, 8].map((factor) => stemWidth * factor * expansion)
  return {
    channels,
    strides: [4, 8, 16, 32],
    stemWidth,
    pyramidStages: [0, 1, 2, 3],
    freezable: [['conv1', 'bn1'], ...channels.map((_, stage) => [layerName(stage)])],
    stage(scope, stage) {
      const first = stage === 0 ? stem(scope, stemWidth, norm) : undefined
      const planes = stemWidth * 2 ** stage
      const width = Math.floor(planes * (widthPerGroup / 64)) * groups
      const blocks = Array.from({ length: plan.counts[stage] }, (_, i) => {
        const place = scope.child(`${layerName(stage)}.${i}`)
        const block = {
          in: i > 0 ? channels[stage] : stage > 0 ? channels[stage - 1] : stemWidth,
          out: channels[stage],
          stride: i === 0 && stage > 0 ? 2 : 1,
        }
        return plan.bottleneck
          ? bottleneckBlock(place, { ...block, width, groups, strideIn }, norm)
          : basicBlock(place, block, norm)
      })
      return (x) => blocks.reduce((map, block) => block(map), first ? first(x) : x)
    },
  }
}

function layerName(stage: number): string {
  return `layer${stage + 1}`
}

/** Images `[N, 3, H, W]` -> `[N, width, H / 4, W / 4]`. */
function stem(scope: Scope, width: number, norm: NormConfig): Layer {
  const layer = convNorm(scope, {
    ...names('conv1', 'bn1'),
    in: 3,
    out: width,
    kernel: 7,
    stride: 2,
    padding: 3,
    norm,
    init: CONV_INIT,
  })
  return (x) => at(scope.path, () => maxPool(relu(layer(x)), { kernel: 3, stride: 2, padding: 1 }))
}

interface Block {
  readonly in: number
  readonly out: number
  readonly stride: number
}

interface Bottleneck extends Block {
  /** Of the 3x3 convolution. */
  readonly width: number
  readonly groups: number
  readonly strideIn: '1x1' | '3x3'
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
  { in: channels, out, stride, width, groups, strideIn }: Bottleneck,
  norm: NormConfig,
): Layer {
  const shared = { norm, init: CONV_INIT }
  const reduce = convNorm(scope, {
    ...names('conv1', 'bn1'),
    ...shared,
    in: channels,
    out: width,
    kernel: 1,
    stride: strideIn === '1x1' ? stride : 1,
  })
  const middle = convNorm(scope, {
    ...names('conv2', 'bn2'),
    ...shared,
    in: width,
    out: width,
    kernel: 3,
    stride: strideIn === '3x3' ? stride : 1,
    padding: 1,
    groups,
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
    in: channels,
    out,
    kernel: 1,
    stride,
    norm,
    init: CONV_INIT,
  })
}

function refuseBottleneckSettings({
  name,
  groups = 1,
  widthPerGroup = 64,
  strideIn = '3x3',
}: ResNetConfig): void {
  if (groups === 1 && widthPerGroup === 64 && strideIn === '3x3') return
  throw new ConfigError('the blocks of this backbone have no groups and no 1x1 convolutions', {
    where: 'model.backbone',
    expected: `groups 1, widthPerGroup 64 and strideIn 3x3 with ${name}`,
    got: `${groups}, ${widthPerGroup} and ${strideIn}`,
    hint: 'Leave them out, or take resnet50, resnet101 or resnet152',
  })
}

/** A name that says its groups means just these. */
function refuseOtherGroups({ name, groups, widthPerGroup }: ResNetConfig, named: Plan): void {
  if (named.groups === undefined) return
  if (
    (groups ?? named.groups) === named.groups &&
    (widthPerGroup ?? named.widthPerGroup) === named.widthPerGroup
  )
    return
  throw new ConfigError('this backbone has other groups', {
    where: 'model.backbone',
    expected: `groups ${named.groups} and widthPerGroup ${named.widthPerGroup} with ${name}`,
    got: `${groups ?? named.groups} and ${widthPerGroup ?? named.widthPerGroup}`,
    hint: 'Leave them out, or take resnet50 or resnet101 with groups of its own',
  })
}

function names(conv: string, normName: string) {
  return { conv, normName }
}
