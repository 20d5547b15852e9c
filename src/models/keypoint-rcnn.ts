import {
  KEYPOINT_DEFAULTS,
  KEYPOINT_SCHEMA,
  type KeypointBranchConfig,
  keypointBlocks,
  keypointBranch,
} from './heads/keypoint.ts'
import { MASK_DEFAULTS, MASK_SCHEMA, type MaskBranchConfig, maskBlocks, maskBranch } from './heads/mask.ts'
import type { ModelDefinition } from './model-definition.ts'
import {
  TWO_STAGE_DEFAULTS,
  TWO_STAGE_SHAPE,
  type TwoStageConfig,
  twoStageBlocks,
  twoStageDetector,
  twoStageLimits,
  withTwoStageLimits,
} from './two-stage.ts'

export interface KeypointRcnnConfig extends TwoStageConfig {
  readonly model: 'keypoint-rcnn'
  readonly numKeypoints: number
  readonly keypoint: KeypointBranchConfig
  /** Masks beside the keypoints; none unless named. */
  readonly mask?: MaskBranchConfig
}

/**
 * Keypoint R-CNN on a feature pyramid (He et al. 2017, section 5), numbers and names as torchvision's; with a mask branch beside
 * the keypoints where the configuration has one.
 */
export const KEYPOINT_RCNN: ModelDefinition<KeypointRcnnConfig> = {
  name: 'keypoint-rcnn',
  hasKeypoints: true,
  shape: { ...TWO_STAGE_SHAPE, keypoint: KEYPOINT_SCHEMA, mask: MASK_SCHEMA.optional() },
  defaults: { ...TWO_STAGE_DEFAULTS, keypoint: KEYPOINT_DEFAULTS },
  optional: { mask: MASK_DEFAULTS },
  build: ({ mask, keypoint, ...config }) =>
    twoStageDetector(config, mask ? ['box', 'mask', 'keypoint'] : ['box', 'keypoint'], (heads, regions) => {
      const keypoints = keypointBranch(heads, regions, config.numKeypoints, keypoint)
      return mask ? [maskBranch(heads, regions, config.numClasses, mask), keypoints] : [keypoints]
    }),
  limits: twoStageLimits,
  withLimits: withTwoStageLimits,
  blocks: (config) => [
    ...twoStageBlocks(config),
    ...(config.mask ? maskBlocks(config.mask, config) : []),
    ...keypointBlocks(config.keypoint, config),
  ],
}
