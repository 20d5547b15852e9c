import { MASK_DEFAULTS, MASK_SCHEMA, type MaskBranchConfig, maskBlocks, maskBranch } from './heads/mask.ts'
import { type TwoStageConfig, twoStageDefinition } from './two-stage.ts'

export interface MaskRcnnConfig extends TwoStageConfig {
  readonly model: 'mask-rcnn'
  readonly mask: MaskBranchConfig
}

/** Mask R-CNN on a feature pyramid (He et al. 2017), numbers and names as torchvision's. */
export const MASK_RCNN = twoStageDefinition<MaskRcnnConfig>({
  name: 'mask-rcnn',
  shape: { mask: MASK_SCHEMA },
  defaults: { mask: MASK_DEFAULTS },
  finds: () => ['box', 'mask'],
  branches: ({ numClasses, mask }, heads, regions) => [maskBranch(heads, regions, numClasses, mask)],
  blocks: ({ mask }, regions) => maskBlocks(mask, regions),
})
