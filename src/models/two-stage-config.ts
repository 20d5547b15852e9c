import { type AnchorConfig, PYRAMID_ANCHORS } from '../detection/anchors.ts'
import type { BoxWeights } from '../detection/box-coding.ts'
import type { RoiPoolingConfig } from '../detection/multi-level-roi-align.ts'
import type { RpnTargetOptions } from '../detection/rpn-targets.ts'
import type { SampleOptions } from '../detection/sample.ts'
import { DEFAULT_TRANSFORM, type TransformConfig } from '../detection/transform.ts'
import { BATCH_NORM, FROZEN_BATCH_NORM } from '../nn/norm.ts'
import type { ResNetConfig } from './bodies/resnet.ts'
import type { BoxHeadConfig } from './heads/box.ts'
import type { KeypointBranchConfig } from './heads/keypoint.ts'
import type { MaskHeadConfig } from './heads/mask.ts'
import type { RpnHeadConfig } from './heads/rpn.ts'
import type { FpnConfig } from './necks/fpn.ts'

/** How many proposals an image may have. */
export interface ProposalLimits {
  /** Best anchors of each level before suppression. */
  readonly preNmsTopN: number
  /** Over all levels, after it. */
  readonly postNmsTopN: number
}

export interface RpnConfig {
  readonly head: RpnHeadConfig
  readonly training: ProposalLimits
  readonly inference: ProposalLimits
  readonly nmsThreshold: number
  readonly scoreThreshold: number
  readonly targets: RpnTargetOptions
}

export interface BoxBranchConfig {
  readonly pooling: RoiPoolingConfig
  readonly head: BoxHeadConfig
  /** Multipliers of the box coding. */
  readonly boxWeights: BoxWeights
  readonly scoreThreshold: number
  readonly nmsThreshold: number
  readonly maxDetections: number
  /** IoU from which a proposal stands for a ground truth, and below which it is background. */
  readonly targets: SampleOptions & { readonly high: number; readonly low: number }
}

export interface MaskBranchConfig {
  readonly pooling: RoiPoolingConfig
  readonly head: MaskHeadConfig
}

/** A detector of two stages on a feature pyramid; plain numbers, so that it can stand in a file. */
export interface TwoStageConfig {
  /** With the background. */
  readonly numClasses: number
  readonly backbone: ResNetConfig
  readonly fpn: FpnConfig
  readonly anchors: AnchorConfig
  readonly rpn: RpnConfig
  readonly box: BoxBranchConfig
  readonly transform: TransformConfig
}

/** Faster R-CNN (Ren et al. 2015) on a feature pyramid. */
export interface FasterRcnnConfig extends TwoStageConfig {
  readonly model: 'faster-rcnn'
}

/** Mask R-CNN (He et al. 2017): Faster R-CNN with a mask branch. */
export interface MaskRcnnConfig extends TwoStageConfig {
  readonly model: 'mask-rcnn'
  readonly mask: MaskBranchConfig
}

/** Keypoint R-CNN (He et al. 2017, section 5): Faster R-CNN with a keypoint branch, and a mask branch beside it where wanted. */
export interface KeypointRcnnConfig extends TwoStageConfig {
  readonly model: 'keypoint-rcnn'
  readonly keypoint: KeypointBranchConfig
  readonly mask?: MaskBranchConfig
}

/** The complete architecture of any model: what a model file says of itself. */
export type ModelConfig = FasterRcnnConfig | MaskRcnnConfig

/** torchvision's defaults for ResNet-50 (`fasterrcnn_resnet50_fpn`). */
export const TWO_STAGE_DEFAULTS: Omit<TwoStageConfig, 'numClasses'> = {
  backbone: { name: 'resnet50', norm: FROZEN_BATCH_NORM },
  fpn: { channels: 256 },
  anchors: PYRAMID_ANCHORS,
  rpn: {
    head: { convDepth: 1 },
    training: { preNmsTopN: 2000, postNmsTopN: 2000 },
    inference: { preNmsTopN: 1000, postNmsTopN: 1000 },
    nmsThreshold: 0.7,
    scoreThreshold: 0,
    targets: { size: 256, positiveFraction: 0.5, high: 0.7, low: 0.3 },
  },
  box: {
    pooling: { outputSize: 7, samplingRatio: 2, aligned: false },
    head: { kind: 'mlp', width: 1024 },
    boxWeights: [10, 10, 5, 5],
    scoreThreshold: 0.05,
    nmsThreshold: 0.5,
    maxDetections: 100,
    targets: { size: 512, positiveFraction: 0.25, high: 0.5, low: 0.5 },
  },
  transform: DEFAULT_TRANSFORM,
}

/** torchvision's mask branch (`maskrcnn_resnet50_fpn`). */
export const MASK_BRANCH_DEFAULTS: MaskBranchConfig = {
  pooling: { outputSize: 14, samplingRatio: 2, aligned: false },
  head: { convs: 4, width: 256 },
}

/** torchvision's keypoint branch (`keypointrcnn_resnet50_fpn`), for the 17 keypoints of COCO's people. */
export const KEYPOINT_BRANCH_DEFAULTS: KeypointBranchConfig = {
  count: 17,
  pooling: { outputSize: 14, samplingRatio: 2, aligned: false },
  head: { convs: 8, width: 512 },
}

/** What torchvision's second versions change (`fasterrcnn_resnet50_fpn_v2`). */
export const TWO_STAGE_V2_DEFAULTS: Omit<TwoStageConfig, 'numClasses'> = {
  ...TWO_STAGE_DEFAULTS,
  backbone: { name: 'resnet50', norm: BATCH_NORM },
  fpn: { channels: 256, norm: BATCH_NORM },
  rpn: { ...TWO_STAGE_DEFAULTS.rpn, head: { convDepth: 2 } },
  box: {
    ...TWO_STAGE_DEFAULTS.box,
    head: { kind: 'conv', convs: 4, convWidth: 256, width: 1024, norm: BATCH_NORM },
  },
}

/** The second version's mask branch (`maskrcnn_resnet50_fpn_v2`). */
export const MASK_BRANCH_V2_DEFAULTS: MaskBranchConfig = {
  ...MASK_BRANCH_DEFAULTS,
  head: { ...MASK_BRANCH_DEFAULTS.head, norm: BATCH_NORM },
}
