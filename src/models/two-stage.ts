/** What all detectors of two stages share: Faster R-CNN (Ren et al. 2015) on a feature pyramid, and branches on its boxes. */
import { z } from 'zod'
import { type AnchorConfig, PYRAMID_ANCHORS } from '../detection/anchors.ts'
import type { BoxConvention } from '../detection/box-coding.ts'
import { DEFAULT_TRANSFORM, type TransformConfig } from '../detection/transform.ts'
import { BATCH_NORM, FROZEN_BATCH_NORM } from '../nn/norm.ts'
import type { Scope } from '../nn/scope.ts'
import { BODY_SCHEMA, type BodyConfig, bodyOf } from './bodies/bodies.ts'
import { type Detector, detector, type Features, type Finding, type RoiBranch } from './detector.ts'
import { refined, refinedDraws } from './finders/refined.ts'
import { BOX_DEFAULTS, BOX_SCHEMA, BOX_V2_DEFAULTS, type BoxBranchConfig } from './heads/box.ts'
import { RPN_DEFAULTS, RPN_SCHEMA, RPN_V2_DEFAULTS, type RpnConfig } from './heads/rpn.ts'
import { type MemoryBlock, pooledNumbers } from './memory-blocks.ts'
import type { AnyModelConfig, DetectionLimits } from './model-definition.ts'
import { FPN_SCHEMA, type FpnConfig } from './necks/fpn.ts'
import { pyramid, pyramidStrides } from './pyramid.ts'
import { anchors, transform } from './setting-schemas.ts'

/** A detector of two stages on a feature pyramid; plain numbers, so that it can stand in a file. */
export interface TwoStageConfig extends AnyModelConfig, BoxConvention {
  readonly backbone: BodyConfig
  readonly fpn: FpnConfig
  readonly anchors: AnchorConfig
  readonly rpn: RpnConfig
  readonly box: BoxBranchConfig
  readonly transform: TransformConfig
}

export type TwoStageSettings = Omit<TwoStageConfig, 'model' | 'numClasses'>

export const TWO_STAGE_SHAPE = {
  backbone: BODY_SCHEMA,
  fpn: FPN_SCHEMA,
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

/** What torchvision's second versions change (`fasterrcnn_resnet50_fpn_v2`). */
export const TWO_STAGE_V2_DEFAULTS: TwoStageSettings = {
  ...TWO_STAGE_DEFAULTS,
  backbone: { name: 'resnet50', norm: BATCH_NORM },
  fpn: { channels: 256, norm: BATCH_NORM },
  rpn: RPN_V2_DEFAULTS,
  box: BOX_V2_DEFAULTS,
}

/** The finder of Faster R-CNN on a feature pyramid, and branches under `roi_heads`, on maps of so many channels. */
export function twoStageDetector(
  config: TwoStageConfig,
  finds: readonly Finding[],
  branches: (heads: Scope, channels: number) => readonly RoiBranch[],
): Detector {
  const { backbone, fpn } = config
  return detector({
    transform: config.transform,
    draws: refinedDraws(config, pyramidStrides(backbone)),
    finds,
    parts: (scope) => ({
      features: counted(pyramid(scope.child('backbone'), backbone, fpn), config),
      finder: refined(scope, fpn.channels, config),
      branches: branches(scope.child('roi_heads'), fpn.channels),
    }),
  })
}

/** Maps that regions are pooled from as the model counts boxes. */
function counted(features: Features, { legacyBoxes }: BoxConvention): Features {
  if (!legacyBoxes) return features
  return (images) => {
    const { all, pooled } = features(images)
    return { all, pooled: pooled.map((map) => ({ ...map, legacyBoxes })) }
  }
}

export function twoStageLimits({ box, rpn }: TwoStageConfig): DetectionLimits {
  return { detections: box.maxDetections, proposals: rpn.inference.postNmsTopN }
}

export function withTwoStageLimits<C extends TwoStageConfig>(config: C, limits: DetectionLimits): C {
  const { box, rpn } = config
  const postNmsTopN = limits.proposals
  const preNmsTopN = Math.max(rpn.inference.preNmsTopN, postNmsTopN)
  return {
    ...config,
    rpn: { ...rpn, inference: { preNmsTopN, postNmsTopN } },
    box: { ...box, maxDetections: limits.detections },
  }
}

export function twoStageBlocks(model: TwoStageConfig): MemoryBlock[] {
  const { box, rpn, fpn, numClasses, transform, backbone } = model
  const regions = Math.max(rpn.inference.postNmsTopN, box.targets.size)
  const proposals = ['rpn.inference.postNmsTopN', 'box.targets.size']
  const { resize } = transform
  const map = resize.kind === 'fixed' ? (resize.height / 2) * (resize.width / 2) : 0
  return [
    {
      settings: [...proposals, 'fpn.channels', 'box.pooling'],
      what: 'features of all proposals',
      numbers: regions * pooledNumbers(box.pooling, fpn.channels),
    },
    {
      settings: [...proposals, 'numClasses'],
      what: 'boxes of all proposals in every class',
      numbers: regions * numClasses * 4,
    },
    {
      settings: ['transform.resize', 'backbone.stemWidth'],
      what: 'first feature map',
      numbers: map * bodyOf(backbone).stemWidth,
    },
  ]
}
