/** What all detectors of two stages share: Faster R-CNN (Ren et al. 2015) on a feature pyramid, and branches on its boxes. */
import { z } from 'zod'
import { type AnchorConfig, PYRAMID_ANCHORS } from '../detection/anchors.ts'
import type { BoxConvention } from '../detection/box-coding.ts'
import { DEFAULT_TRANSFORM, type TransformConfig } from '../detection/transform.ts'
import { BATCH_NORM, FROZEN_BATCH_NORM } from '../nn/norm.ts'
import type { Scope } from '../nn/scope.ts'
import { backboneOf, inDetector, type RegionShape } from './backbone.ts'
import { BODY_SCHEMA, type BodyConfig } from './bodies/bodies.ts'
import { type DetectionModel, detector, type Features, type Finding, type RoiBranch } from './detector.ts'
import { refined, refinedDraws } from './finders/refined.ts'
import { BOX_DEFAULTS, BOX_SCHEMA, BOX_V2_DEFAULTS, type BoxBranchConfig, boxBlocks } from './heads/box.ts'
import type { MaskBranchConfig } from './heads/mask.ts'
import { RPN_DEFAULTS, RPN_SCHEMA, RPN_V2_DEFAULTS, type RpnConfig } from './heads/rpn.ts'
import { firstMapBlock, type MemoryBlock, pooledNumbers, type RegionCounts } from './memory-blocks.ts'
import type { AnyModelConfig, DetectionLimits, ModelDefinition } from './model-definition.ts'
import { FPN_SCHEMA, type FpnConfig } from './necks/fpn.ts'
import { scoreFloor } from './score-floor.ts'
import { anchors, transform } from './setting-schemas.ts'

/** A detector of two stages on a feature pyramid; plain numbers, so that it can stand in a file. */
export interface TwoStageConfig extends AnyModelConfig, BoxConvention {
  readonly backbone: BodyConfig
  /** null: a single map of stride 16, for heads of kind `stage` (C4). */
  readonly fpn: FpnConfig | null
  readonly anchors: AnchorConfig
  readonly rpn: RpnConfig
  readonly box: BoxBranchConfig
  readonly transform: TransformConfig
}

export type TwoStageSettings = Omit<TwoStageConfig, 'model' | 'numClasses'>

const TWO_STAGE_SHAPE = {
  backbone: BODY_SCHEMA,
  fpn: FPN_SCHEMA.nullable(),
  anchors,
  rpn: RPN_SCHEMA,
  box: BOX_SCHEMA,
  transform,
  legacyBoxes: z.boolean().optional(),
}

/** torchvision's defaults for ResNet-50 (`fasterrcnn_resnet50_fpn`). */
export const TWO_STAGE_DEFAULTS: TwoStageSettings = {
  backbone: { name: 'resnet50', norm: FROZEN_BATCH_NORM },
  fpn: { channels: 256 },
  anchors: PYRAMID_ANCHORS,
  rpn: RPN_DEFAULTS,
  box: BOX_DEFAULTS,
  transform: DEFAULT_TRANSFORM,
}

const C4_POOLING = { outputSize: 14, samplingRatio: 0, aligned: true }

/**
 * On a single map of stride 16, heads sharing the body's last stage (He et al. 2017, figure 4 left); Detectron's settings of
 * R-50-C4.
 */
export const C4_DEFAULTS: TwoStageSettings = {
  ...TWO_STAGE_DEFAULTS,
  backbone: { name: 'resnet50', norm: FROZEN_BATCH_NORM, strideIn: '1x1' },
  fpn: null,
  anchors: { sizes: [[32, 64, 128, 256, 512]], aspectRatios: [[0.5, 1, 2]] },
  rpn: {
    ...RPN_DEFAULTS,
    training: { preNmsTopN: 12000, postNmsTopN: 2000 },
    inference: { preNmsTopN: 6000, postNmsTopN: 1000 },
  },
  box: { ...BOX_DEFAULTS, pooling: C4_POOLING, head: { kind: 'stage' } },
}

/** The mask branch beside it: pooled as the boxes are, one transposed convolution to 14 x 14 cells. */
export const C4_MASK: MaskBranchConfig = { pooling: C4_POOLING, head: { convs: 0, width: 256 } }

/** What torchvision's second versions change (`fasterrcnn_resnet50_fpn_v2`). */
export const TWO_STAGE_V2_DEFAULTS: TwoStageSettings = {
  ...TWO_STAGE_DEFAULTS,
  backbone: { name: 'resnet50', norm: BATCH_NORM },
  fpn: { channels: 256, norm: BATCH_NORM },
  rpn: RPN_V2_DEFAULTS,
  box: BOX_V2_DEFAULTS,
}

/** The finder of Faster R-CNN, and branches under `roi_heads` on regions of one shape. */
export function twoStageDetector(
  config: TwoStageConfig,
  finds: readonly Finding[],
  branches: (heads: Scope, regions: RegionShape) => readonly RoiBranch[],
): DetectionModel {
  const backbone = backboneOf(config)
  const { channels, strides, regions } = backbone
  const { features, freezable, neck } = inDetector(backbone)
  return detector({
    transform: config.transform,
    draws: refinedDraws(config, strides),
    finds,
    freezable,
    neck,
    parts: (scope) => ({
      features: counted(features(scope), config),
      finder: refined(scope, channels, regions, config),
      branches: branches(scope.child('roi_heads'), regions),
    }),
  })
}

/** Maps that regions are pooled from as the model counts boxes. */
function counted(features: Features, { legacyBoxes }: BoxConvention): Features {
  if (!legacyBoxes) return features
  return (images) => {
    const maps = features(images)
    return { ...maps, pooled: maps.pooled.map((map) => ({ ...map, legacyBoxes })) }
  }
}

function limitsOf({ box, rpn }: TwoStageConfig): DetectionLimits {
  return {
    detections: box.maxDetections,
    proposals: rpn.inference.postNmsTopN,
    score: scoreFloor(box),
  }
}

function withLimits<C extends TwoStageConfig>(config: C, limits: DetectionLimits): C {
  const { box, rpn } = config
  const postNmsTopN = limits.proposals ?? rpn.inference.postNmsTopN
  const preNmsTopN = Math.max(rpn.inference.preNmsTopN, postNmsTopN)
  return {
    ...config,
    rpn: { ...rpn, inference: { preNmsTopN, postNmsTopN } },
    box: { ...box, maxDetections: limits.detections },
  }
}

function regionCounts(config: TwoStageConfig): RegionCounts {
  const { channels, channelsFrom } = backboneOf(config)
  const { numClasses, box } = config
  return {
    numClasses,
    detections: box.maxDetections,
    detectionsFrom: 'box.maxDetections',
    channels,
    channelsFrom,
  }
}

function blocksOf(model: TwoStageConfig): MemoryBlock[] {
  const { box, rpn, numClasses, transform, backbone } = model
  const { channels, channelsFrom } = backboneOf(model)
  const regions = Math.max(rpn.inference.postNmsTopN, box.targets.size)
  const proposals = ['rpn.inference.postNmsTopN', 'box.targets.size']
  return [
    {
      settings: [...proposals, channelsFrom, 'box.pooling'],
      what: 'features of all proposals',
      numbers: regions * pooledNumbers(box.pooling, channels),
    },
    {
      settings: [...proposals, 'numClasses'],
      what: 'boxes of all proposals in every class',
      numbers: regions * numClasses * 4,
    },
    ...boxBlocks(box, channels, channelsFrom),
    firstMapBlock(backbone, transform),
  ]
}

/** What a model has beside boxes: a part of its configuration for each of its branches. */
export interface TwoStageParts<C extends TwoStageConfig>
  extends Pick<ModelDefinition<C>, 'name' | 'hasKeypoints' | 'optional'> {
  readonly shape: Omit<ModelDefinition<C>['shape'], keyof TwoStageConfig>
  readonly defaults: Omit<ModelDefinition<C>['defaults'], keyof TwoStageConfig>
  finds(config: C): readonly Finding[]
  branches(config: C, heads: Scope, regions: RegionShape): readonly RoiBranch[]
  /** Memory of the branches. */
  blocks(config: C, regions: RegionCounts): readonly MemoryBlock[]
}

/** The definition of Faster R-CNN with these parts. */
export function twoStageDefinition<C extends TwoStageConfig>({
  shape,
  defaults,
  finds,
  branches,
  blocks,
  ...rest
}: TwoStageParts<C>): ModelDefinition<C> {
  return {
    ...rest,
    shape: { ...TWO_STAGE_SHAPE, ...shape } as unknown as ModelDefinition<C>['shape'],
    defaults: { ...TWO_STAGE_DEFAULTS, ...defaults } as unknown as ModelDefinition<C>['defaults'],
    build: (config) =>
      twoStageDetector(config, finds(config), (heads, regions) => branches(config, heads, regions)),
    backbone: backboneOf,
    limits: limitsOf,
    withLimits,
    blocks: (config) => [...blocksOf(config), ...blocks(config, regionCounts(config))],
  }
}
