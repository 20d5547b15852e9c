/** What all detectors of one stage share: a pyramid from stride 8 on, a head on all of its maps, and branches on its boxes. */
import { DEFAULT_TRANSFORM, type TransformConfig } from '../detection/transform.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import type { Scope } from '../nn/scope.ts'
import { type Backbone, backboneOf, inDetector, type RegionShape } from './backbone.ts'
import { BODY_SCHEMA, type BodyConfig, bodyOf } from './bodies/bodies.ts'
import { detector, type Finder, type Finding, type RoiBranch } from './detector.ts'
import { candidateBlock, type DenseConfig } from './finders/dense-config.ts'
import { firstMapBlock, type MemoryBlock, type RegionCounts } from './memory-blocks.ts'
import type { AnyModelConfig, DetectionLimits, ModelDefinition } from './model-definition.ts'
import { FPN_SCHEMA, type FpnConfig } from './necks/fpn.ts'
import { scoreFloor } from './score-floor.ts'
import { transform } from './setting-schemas.ts'
import type { Draws } from './training-batch.ts'

/** A detector of one stage on a feature pyramid; plain numbers, so that it can stand in a file. */
export interface OneStageConfig extends AnyModelConfig {
  readonly backbone: BodyConfig
  readonly fpn: FpnConfig
  readonly transform: TransformConfig
}

const ONE_STAGE_SHAPE = { backbone: BODY_SCHEMA, fpn: FPN_SCHEMA, transform }

/** torchvision's of `retinanet_resnet50_fpn` and `fcos_resnet50_fpn`: P3 to P5, and P6 and P7 by convolutions. */
export const ONE_STAGE_DEFAULTS: Omit<OneStageConfig, 'model' | 'numClasses'> = {
  backbone: { name: 'resnet50', norm: FROZEN_BATCH_NORM },
  fpn: { channels: 256, extra: { kind: 'conv', of: 'P5' } },
  transform: DEFAULT_TRANSFORM,
}

/** Where the pyramid begins unless the configuration names stages. */
const FINEST_STRIDE = 8

/** What a model adds: its dense head, settings of which stand in the configuration under the name `head`, and its branches. */
export interface OneStageParts<C extends OneStageConfig, H extends keyof C & string>
  extends Pick<ModelDefinition<C>, 'name' | 'hasKeypoints' | 'optional'> {
  readonly head: H
  readonly shape: Omit<ModelDefinition<C>['shape'], keyof OneStageConfig>
  readonly defaults: Omit<ModelDefinition<C>['defaults'], keyof OneStageConfig> &
    Partial<typeof ONE_STAGE_DEFAULTS>
  finds(config: C): readonly Finding[]
  /** Where branches learn from regions that are drawn. */
  draws?(config: C): Draws
  /** Throws `ConfigError` for settings that do not fit the maps; what is returned makes the layers under their names. */
  finder(config: C, maps: Pick<Backbone, 'channels' | 'strides'>): (scope: Scope) => Finder
  branches(config: C, heads: Scope, regions: RegionShape): readonly RoiBranch[]
  /** Memory of head and branches. */
  blocks(config: C, regions: RegionCounts & Pick<Backbone, 'strides'>): readonly MemoryBlock[]
}

/** The definition of a one-stage detector with these parts. */
export function oneStageDefinition<
  H extends string,
  C extends OneStageConfig & { readonly [head in H]: DenseConfig },
>({
  head,
  shape,
  defaults,
  finds,
  draws = () => ({}),
  finder,
  branches,
  blocks,
  ...rest
}: OneStageParts<C, H & keyof C>): ModelDefinition<C> {
  const dense = (config: C): DenseConfig => config[head]
  return {
    ...rest,
    shape: { ...ONE_STAGE_SHAPE, ...shape } as unknown as ModelDefinition<C>['shape'],
    defaults: { ...ONE_STAGE_DEFAULTS, ...defaults } as unknown as ModelDefinition<C>['defaults'],
    build(config) {
      const backbone = oneStageBackbone(config)
      const { features, freezable, neck } = inDetector(backbone)
      const found = finder(config, backbone)
      return detector({
        transform: config.transform,
        draws: draws(config),
        finds: finds(config),
        freezable,
        neck,
        parts: (scope) => ({
          features: features(scope),
          finder: found(scope),
          branches: branches(config, scope.child('roi_heads'), backbone.regions),
        }),
      })
    },
    backbone: oneStageBackbone,
    limits: (config) => ({
      detections: dense(config).maxDetections,
      candidates: dense(config).candidates,
      score: scoreFloor(dense(config)),
    }),
    withLimits: (config, { detections, candidates }: DetectionLimits) => ({
      ...config,
      [head]: {
        ...config[head],
        maxDetections: detections,
        candidates: candidates ?? dense(config).candidates,
      },
    }),
    blocks(config) {
      const { channels, channelsFrom, strides } = oneStageBackbone(config)
      const { maxDetections } = dense(config)
      const { numClasses, backbone, transform } = config
      const detectionsFrom = `${head}.maxDetections`
      return [
        firstMapBlock(backbone, transform),
        candidateBlock(head, dense(config), strides.length, numClasses),
        ...blocks(config, {
          numClasses,
          detections: maxDetections,
          detectionsFrom,
          channels,
          channelsFrom,
          strides,
        }),
      ]
    },
  }
}

function oneStageBackbone({ backbone, ...rest }: OneStageConfig): Backbone {
  const stages = backbone.stages ?? lastOfStrides(bodyOf(backbone).strides)
  return backboneOf({ ...rest, backbone: { ...backbone, stages } })
}

/** Of every stride from the finest on the last stage: objects are told apart by size, so no two maps may have one stride. */
function lastOfStrides(strides: readonly number[]): number[] {
  return strides.flatMap((stride, stage) =>
    stride >= FINEST_STRIDE && stride !== strides[stage + 1] ? [stage] : [],
  )
}
