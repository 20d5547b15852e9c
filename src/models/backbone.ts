/** What comes before the heads: a body and the maps that are made of its stages. */
import type { FeatureMaps } from '../detection/feature-map.ts'
import type { TransformConfig } from '../detection/transform.ts'
import { ConfigError } from '../errors.ts'
import type { Value } from '../graph/value.ts'
import type { Scope } from '../nn/scope.ts'
import { type BodyConfig, bodyOf } from './bodies/bodies.ts'
import type { Body } from './bodies/body.ts'
import type { BoxHeadConfig } from './heads/box.ts'
import { extraNames, type FpnConfig, fpn } from './necks/fpn.ts'

export interface BackboneConfig {
  readonly backbone: BodyConfig
  /** null: a single map, of stride 16 (C4). */
  readonly fpn: FpnConfig | null
  /** Of models of two stages. */
  readonly box?: { readonly head: BoxHeadConfig }
  /** What images are padded to; multiples that suit the body where not given. */
  readonly transform?: Pick<TransformConfig, 'sizeDivisible'>
}

/** What heads get of a region. */
export interface RegionShape {
  readonly channels: number
  /** Whether it went through layers that the heads share. */
  readonly isShared: boolean
  /** Cells along a side of regions that are pooled to so many. */
  side(pooled: number): number
}

export interface Backbone {
  /** Of every map. */
  readonly channels: number
  /** The setting that they follow from. */
  readonly channelsFrom: string
  readonly strides: readonly number[]
  readonly regions: RegionShape
  /** Paths under its scope, see `Body`. */
  readonly freezable: Body['freezable']
  /** Paths of what makes maps of the body's, which may stay as it is once the body does; none without a pyramid. */
  readonly neck: readonly string[]
  /** Makes the layers under their names; images `[N, 3, H, W]` -> the maps. */
  features(scope: Scope): (images: Value<'float32'>) => FeatureMaps
}

/** Throws `ConfigError` for stages, heads and sizes of images that do not go together. */
export function backboneOf({ backbone, fpn, box, transform }: BackboneConfig): Backbone {
  if (transform) requireSizes(bodyOf(backbone), transform)
  const shares = box?.head.kind === 'stage'
  if (!fpn) return singleMap(backbone, shares)
  if (!shares) return pyramid(backbone, fpn)
  throw new ConfigError('a feature pyramid leaves no stage of its body to the heads', {
    where: 'model.box.head.kind',
    expected: 'mlp or conv, or model.fpn null',
    got: 'stage',
  })
}

function requireSizes(
  { sizeDivisible: least = 1 }: Body,
  { sizeDivisible }: Pick<TransformConfig, 'sizeDivisible'>,
) {
  if (sizeDivisible % least === 0) return
  throw new ConfigError('images must be padded to sides that the backbone can halve to the end', {
    where: 'model.transform.sizeDivisible',
    expected: `a multiple of ${least}`,
    got: `${sizeDivisible}`,
  })
}

/** Name of a detector's backbone. */
const BACKBONE = 'backbone'

/** What a detector takes of its backbone: layers, and paths of those that may stay as they are, under the name that it has there. */
export function inDetector({
  features,
  freezable,
  neck,
}: Backbone): Pick<Backbone, 'features' | 'freezable' | 'neck'> {
  return {
    features: (scope) => features(scope.child(BACKBONE)),
    freezable: under(BACKBONE, freezable),
    neck: under(BACKBONE, [neck])[0],
  }
}

function under(name: string, paths: Body['freezable']): Body['freezable'] {
  return paths.map((parts) => parts.map((part) => `${name}.${part}`))
}

/** Names of the scopes of body and pyramid. */
const [BODY, NECK] = ['body', 'fpn']

/** A feature pyramid (P2 to P6 of a ResNet); the levels beyond the body's stages are only sought on. */
function pyramid(config: BodyConfig, neck: FpnConfig): Backbone {
  const body = bodyOf(config)
  const taken = stagesOf(config, body, body.pyramidStages)
  const own = taken.map((stage) => body.strides[stage])
  // Regions choose among maps of doubling strides.
  const isDoubling = own.every((stride, i) => i === 0 || stride === own[i - 1] || stride === 2 * own[i - 1])
  if (!isDoubling) throw wrongStages(body, taken, 'some whose strides double, of')
  const extra = extraNames(neck)
  return {
    channels: neck.channels,
    channelsFrom: 'fpn.channels',
    strides: [...own, ...extra.map((_, i) => own[own.length - 1] * 2 ** (i + 1))],
    freezable: under(BODY, body.freezable),
    neck: [NECK],
    regions: { channels: neck.channels, isShared: false, side: (pooled) => pooled },
    features(scope) {
      const toStages = stages(scope.child(BODY), body, taken)
      const inputs = taken.map((stage) => body.channels[stage])
      const toLevels = fpn(scope.child(NECK), inputs, neck)
      return (images) => {
        const all = toLevels(toStages(images))
        for (const [i, { value }] of all.entries()) scope.tap(`features.${extra[i - own.length] ?? i}`, value)
        const pooled = all.slice(0, own.length)
        // Of maps of one stride the first is pooled from: regions are told apart by size alone.
        return { all, pooled: pooled.filter(({ stride }, i) => i === 0 || stride !== pooled[i - 1].stride) }
      }
    },
  }
}

const SINGLE_STRIDE = 16

/**
 * The output of one stage, the last of stride 16 unless said otherwise (C4 of a ResNet). `shares`: the stages after it are
 * layers of the heads, run on every region (He et al. 2015 and 2017, figure 4 left).
 */
function singleMap(config: BodyConfig, shares: boolean): Backbone {
  const body = bodyOf(config)
  const taken = stagesOf(config, body, [body.strides.lastIndexOf(SINGLE_STRIDE)])
  if (taken.length > 1) throw wrongStages(body, taken, 'one of')
  const [stage] = taken
  const rest = body.strides.slice(stage + 1).map((_, i) => stage + 1 + i)
  if (shares && rest.length === 0) throw wrongStages(body, taken, 'a stage before the last of')
  const last = shares ? rest[rest.length - 1] : stage
  const [channels, stride] = [body.channels[stage], body.strides[stage]]
  return {
    channels,
    channelsFrom: 'backbone',
    strides: [stride],
    freezable: under(BODY, body.freezable),
    neck: [],
    regions: {
      channels: body.channels[last],
      isShared: shares,
      side: (pooled) => Math.ceil((pooled * stride) / body.strides[last]),
    },
    features(scope) {
      const bodyScope = scope.child(BODY)
      const toStage = stages(bodyScope, body, taken)
      const layers = shares ? rest.map((index) => body.stage(bodyScope, index)) : []
      return (images) => {
        const all = toStage(images)
        scope.tap('features.0', all[0].value)
        if (!shares) return { all, pooled: all }
        return {
          all,
          pooled: all,
          shared: { layer: (x) => layers.reduce((map, layer) => layer(map), x), done: new Map() },
        }
      }
    },
  }
}

/** Images -> the outputs of some stages of a body. */
function stages(scope: Scope, body: Body, taken: readonly number[]) {
  const layers = Array.from({ length: taken[taken.length - 1] + 1 }, (_, i) => body.stage(scope, i))
  return (images: Value<'float32'>) => {
    let map = images
    const outputs = layers.map((layer, i) => {
      map = layer(map)
      return { value: map, stride: body.strides[i], channels: body.channels[i] }
    })
    const found = taken.map((stage) => outputs[stage])
    for (const [i, { value }] of found.entries()) scope.tap(`body.${i}`, value)
    return found
  }
}

/** The stages that maps are made of. Throws `ConfigError` for stages that the body has not, or out of order. */
function stagesOf({ stages }: BodyConfig, body: Body, otherwise: readonly number[]): readonly number[] {
  const taken = stages ?? otherwise
  const isRising = taken.every((stage, i) => stage > (taken[i - 1] ?? -1))
  if (taken.length > 0 && isRising && taken.every((stage) => stage in body.channels)) return taken
  throw wrongStages(body, taken, 'some, rising, of')
}

function wrongStages(body: Body, taken: readonly number[], how: string): ConfigError {
  return new ConfigError('the maps cannot be made of these stages of the backbone', {
    where: 'model.backbone.stages',
    expected: `${how} 0 to ${body.channels.length - 1}`,
    got: taken.join(', ') || 'none',
  })
}
