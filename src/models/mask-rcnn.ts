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

export interface MaskRcnnConfig extends TwoStageConfig {
  readonly model: 'mask-rcnn'
  readonly mask: MaskBranchConfig
}

/** Mask R-CNN on a feature pyramid (He et al. 2017), numbers and names as torchvision's. */
export const MASK_RCNN: ModelDefinition<MaskRcnnConfig> = {
  name: 'mask-rcnn',
  shape: { ...TWO_STAGE_SHAPE, mask: MASK_SCHEMA },
  defaults: { ...TWO_STAGE_DEFAULTS, mask: MASK_DEFAULTS },
  build: (config) =>
    twoStageDetector(config, ['box', 'mask'], (heads, regions) => [
      maskBranch(heads, regions, config.numClasses, config.mask),
    ]),
  limits: twoStageLimits,
  withLimits: withTwoStageLimits,
  blocks: (config) => [...twoStageBlocks(config), ...maskBlocks(config.mask, config)],
}
