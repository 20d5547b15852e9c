/** The spatial attention-guided mask head (Lee and Park 2020, CenterMask, section 3.3): which cells of a region to look at. */
import { z } from 'zod'
import { at } from '../../graph/path.ts'
import { conv2d, type Layer } from '../../nn/conv.ts'
import type { Init } from '../../nn/init.ts'
import type { Scope } from '../../nn/scope.ts'
import { mul, sigmoid } from '../../ops/elementwise.ts'
import { concat } from '../../ops/layout.ts'
import { reduceMax, reduceMean } from '../../ops/reduce.ts'
import type { RegionShape } from '../backbone.ts'
import {
  type MaskBranch,
  type MaskBranchConfig,
  type MaskHeadConfig,
  maskBranch,
  maskHead,
  UNSCORED_MASK_SCHEMA,
} from './mask.ts'

export interface SpatialAttentionHeadConfig extends MaskHeadConfig {
  /** Whether the features are weighted by an attention map; they are by default. The paper compares. */
  readonly attention?: boolean
}

export interface SpatialAttentionMaskConfig extends MaskBranchConfig {
  readonly head: SpatialAttentionHeadConfig
}

export const SPATIAL_ATTENTION_MASK_SCHEMA = UNSCORED_MASK_SCHEMA.extend({
  head: UNSCORED_MASK_SCHEMA.shape.head.extend({ attention: z.boolean().optional() }),
}) satisfies z.ZodType<SpatialAttentionMaskConfig>

/** The publication's: regions by the share of the image they cover, as many samples as a cell has pixels. */
export const SPATIAL_ATTENTION_MASK_DEFAULTS: SpatialAttentionMaskConfig = {
  pooling: { outputSize: 14, samplingRatio: 0, aligned: true, levels: 'area-ratio' },
  head: { convs: 4, width: 256 },
  pasting: 'exact',
}

const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

/** `[R, C, S, S]` -> the same, every cell weighted by what a convolution says of the mean and the largest of its channels. */
function spatialAttention(scope: Scope): Layer {
  const toMap = conv2d(scope.child('conv'), {
    in: 2,
    out: 1,
    kernel: 3,
    padding: 1,
    bias: false,
    init: CONV_INIT,
  })
  return (x) =>
    at(scope.path, () => {
      const seen = concat([reduceMean(x, [1], { keepDims: true }), reduceMax(x, [1], { keepDims: true })], 1)
      return mul(x, sigmoid(toMap(seen)))
    })
}

/** Pooled regions `[R, channels, S, S]` -> features `[R, width, S, S]`: those of the mask head, weighted by attention. */
export function spatialAttentionHead(
  scope: Scope,
  channels: number,
  { attention = true, ...head }: SpatialAttentionHeadConfig,
): Layer {
  const toFeatures = maskHead(scope, channels, head)
  if (!attention) return toFeatures
  const attend = spatialAttention(scope.child('spatialAtt'))
  return (pooled) => attend(toFeatures(pooled))
}

/** CenterMask's mask branch: that of Mask R-CNN with attention, its names, and the publication's for what is new. */
export function spatialAttentionMask(
  scope: Scope,
  regions: RegionShape,
  numClasses: number,
  config: SpatialAttentionMaskConfig,
): MaskBranch {
  return maskBranch(scope, regions, numClasses, config, (inner, channels) =>
    spatialAttentionHead(inner, channels, config.head),
  )
}
