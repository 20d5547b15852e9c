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

export interface FasterRcnnConfig extends TwoStageConfig {
  readonly model: 'faster-rcnn'
}

/** Faster R-CNN on a feature pyramid (Ren et al. 2015, Lin et al. 2017), numbers and names as torchvision's. */
export const FASTER_RCNN: ModelDefinition<FasterRcnnConfig> = {
  name: 'faster-rcnn',
  shape: TWO_STAGE_SHAPE,
  defaults: TWO_STAGE_DEFAULTS,
  build: (config) => twoStageDetector(config, ['box'], () => []),
  limits: twoStageLimits,
  withLimits: withTwoStageLimits,
  blocks: twoStageBlocks,
}
