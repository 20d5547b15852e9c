import {
  MASK_DEFAULTS,
  type MaskBranchConfig,
  maskBlocks,
  maskBranch,
  UNSCORED_MASK_SCHEMA,
} from './heads/mask.ts'
import {
  MASK_IOU_DEFAULTS,
  MASK_IOU_SCHEMA,
  type MaskIouHeadConfig,
  maskIouBlocks,
  withMaskIou,
} from './heads/mask-iou.ts'
import { type TwoStageConfig, twoStageDefinition } from './two-stage.ts'

export interface MaskScoringRcnnConfig extends TwoStageConfig {
  readonly model: 'mask-scoring-rcnn'
  readonly mask: MaskBranchConfig
  readonly maskIou: MaskIouHeadConfig
}

/**
 * Mask Scoring R-CNN (Huang et al. 2019): Mask R-CNN, under its names so that its weights start it, and a head that says how
 * well each mask fits, under the names of the publication.
 */
export const MASK_SCORING_RCNN = twoStageDefinition<MaskScoringRcnnConfig>({
  name: 'mask-scoring-rcnn',
  shape: { mask: UNSCORED_MASK_SCHEMA, maskIou: MASK_IOU_SCHEMA },
  defaults: { mask: MASK_DEFAULTS, maskIou: MASK_IOU_DEFAULTS },
  finds: () => ['box', 'mask'],
  branches: ({ numClasses, mask, maskIou }, heads, regions) => {
    const branch = maskBranch(heads, regions, numClasses, mask)
    return [withMaskIou(heads, regions, numClasses, branch, { mask, maskIou })]
  },
  blocks: ({ mask, maskIou }, regions) => [
    ...maskBlocks(mask, regions),
    ...maskIouBlocks(maskIou, mask, regions),
  ],
})
