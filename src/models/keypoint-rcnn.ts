import {
  KEYPOINT_DEFAULTS,
  KEYPOINT_SCHEMA,
  type KeypointBranchConfig,
  keypointBlocks,
  keypointBranch,
} from './heads/keypoint.ts'
import { MASK_DEFAULTS, MASK_SCHEMA, type MaskBranchConfig, maskBlocks, maskBranch } from './heads/mask.ts'
import { type TwoStageConfig, twoStageDefinition } from './two-stage.ts'

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
export const KEYPOINT_RCNN = twoStageDefinition<KeypointRcnnConfig>({
  name: 'keypoint-rcnn',
  hasKeypoints: true,
  shape: { keypoint: KEYPOINT_SCHEMA, mask: MASK_SCHEMA.optional() },
  defaults: { keypoint: KEYPOINT_DEFAULTS },
  optional: { mask: MASK_DEFAULTS },
  finds: ({ mask }) => (mask ? ['box', 'mask', 'keypoint'] : ['box', 'keypoint']),
  branches: ({ numClasses, numKeypoints, mask, keypoint }, heads, regions) => {
    const keypoints = keypointBranch(heads, regions, numKeypoints, keypoint)
    return mask ? [maskBranch(heads, regions, numClasses, mask), keypoints] : [keypoints]
  },
  blocks: ({ mask, keypoint, numKeypoints }, regions) => [
    ...(mask ? maskBlocks(mask, regions) : []),
    ...keypointBlocks(keypoint, numKeypoints, regions),
  ],
})
