import { levelRanges } from '../detection/fcos-targets.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { fcosBlocks } from './fcos.ts'
import { dense } from './finders/dense.ts'
import { candidateBlock } from './finders/dense-config.ts'
import {
  DENSE_REGIONS_DEFAULTS,
  DENSE_REGIONS_SCHEMA,
  type DenseRegionsConfig,
  denseDraws,
  regionSampler,
} from './finders/dense-regions.ts'
import { CENTERMASK_FCOS, FCOS_SCHEMA, type FcosHeadConfig, fcos } from './heads/fcos.ts'
import { maskBlocks } from './heads/mask.ts'
import {
  MASK_IOU_DEFAULTS,
  MASK_IOU_SCHEMA,
  type MaskIouHeadConfig,
  maskIouBlocks,
  withMaskIou,
} from './heads/mask-iou.ts'
import {
  SPATIAL_ATTENTION_MASK_DEFAULTS,
  SPATIAL_ATTENTION_MASK_SCHEMA,
  type SpatialAttentionMaskConfig,
  spatialAttentionMask,
} from './heads/spatial-attention-mask.ts'
import { type MemoryBlock, pooledNumbers, type RegionCounts } from './memory-blocks.ts'
import { ONE_STAGE_DEFAULTS, type OneStageConfig, oneStageDefinition } from './one-stage.ts'

export interface CenterMaskConfig extends OneStageConfig {
  readonly model: 'centermask'
  readonly fcos: FcosHeadConfig
  /** What the masks are learned from. */
  readonly regions: DenseRegionsConfig
  readonly mask: SpatialAttentionMaskConfig
  /** null: masks have no score of their own, and count as much as their box. */
  readonly maskIou: MaskIouHeadConfig | null
}

/** The publication's, with VoVNet-39. */
export const CENTERMASK_DEFAULTS: Omit<CenterMaskConfig, 'model' | 'numClasses'> = {
  ...ONE_STAGE_DEFAULTS,
  backbone: { name: 'vovnet39', norm: FROZEN_BATCH_NORM },
  fcos: { ...CENTERMASK_FCOS, maxDetections: 50 },
  regions: DENSE_REGIONS_DEFAULTS,
  mask: SPATIAL_ATTENTION_MASK_DEFAULTS,
  maskIou: MASK_IOU_DEFAULTS,
}

/**
 * CenterMask (Lee and Park 2020): boxes from FCOS, masks with spatial attention on what it finds, and what IoU each mask is
 * expected to have. CenterMask-Lite is the same with smaller numbers.
 */
export const CENTERMASK = oneStageDefinition<'fcos', CenterMaskConfig>({
  name: 'centermask',
  head: 'fcos',
  shape: {
    fcos: FCOS_SCHEMA,
    regions: DENSE_REGIONS_SCHEMA,
    mask: SPATIAL_ATTENTION_MASK_SCHEMA,
    maskIou: MASK_IOU_SCHEMA.nullable(),
  },
  defaults: CENTERMASK_DEFAULTS,
  finds: () => ['box', 'mask'],
  draws: ({ regions }) => denseDraws(regions),
  finder(config, { channels, strides }) {
    const ranges = levelRanges(strides, config.fcos.targets)
    return (scope) => {
      const sample = regionSampler(scope, config.fcos, config.regions)
      return dense(fcos(scope.child('head'), channels, ranges, config), config.fcos, sample)
    }
  },
  branches({ numClasses, mask, maskIou }, heads, regions) {
    const branch = spatialAttentionMask(heads, regions, numClasses, mask)
    return [maskIou ? withMaskIou(heads, regions, numClasses, branch, { mask, maskIou }) : branch]
  },
  blocks: (config, counts) => [
    ...fcosBlocks(config, counts.strides),
    candidateBlock('regions', config.regions, counts.strides.length, config.numClasses),
    regionBlock(config, counts),
    ...maskBlocks(config.mask, counts),
    ...(config.maskIou ? maskIouBlocks(config.maskIou, config.mask, counts) : []),
  ],
})

/** What masks are learned from: the sampled regions of objects. */
function regionBlock(
  { regions, mask }: CenterMaskConfig,
  { channels, channelsFrom }: RegionCounts,
): MemoryBlock {
  const { size, positiveFraction } = regions.targets
  return {
    settings: ['regions.targets', channelsFrom, 'mask.pooling'],
    what: 'features of all sampled regions',
    numbers: size * positiveFraction * pooledNumbers(mask.pooling, channels),
  }
}
