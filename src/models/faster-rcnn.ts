import { type TwoStageConfig, twoStageDefinition } from './two-stage.ts'

export interface FasterRcnnConfig extends TwoStageConfig {
  readonly model: 'faster-rcnn'
}

/** Faster R-CNN on a feature pyramid (Ren et al. 2015, Lin et al. 2017), numbers and names as torchvision's. */
export const FASTER_RCNN = twoStageDefinition<FasterRcnnConfig>({
  name: 'faster-rcnn',
  shape: {},
  defaults: {},
  finds: () => ['box'],
  branches: () => [],
  blocks: () => [],
})
