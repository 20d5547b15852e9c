import { anchorsPerCell, levelAnchors } from '../detection/anchors.ts'
import { poolRegions } from '../detection/multi-level-roi-align.ts'
import type { LevelPredictions } from '../detection/proposals.ts'
import { ConfigError } from '../errors.ts'
import { at } from '../graph/path.ts'
import type { Value } from '../graph/value.ts'
import type { Scope } from '../nn/scope.ts'
import { sizeOf } from '../ops/layout.ts'
import { fpn } from './backbones/fpn.ts'
import { resnet, resnetChannels } from './backbones/resnet.ts'
import { type BoxPredictions, boxHead, boxPredictor } from './heads/box.ts'
import { maskHead, maskPredictor } from './heads/mask.ts'
import { flattenRpnMaps, type RpnMaps, rpnHead } from './heads/rpn.ts'
import type { MaskBranchConfig, TwoStageConfig } from './two-stage-config.ts'

export interface PyramidFeatures {
  /** Outputs of the backbone's stages, C2..C5. */
  readonly body: readonly Value<'float32'>[]
  /** P2..P6, `[N, C, Hl, Wl]`. */
  readonly pyramid: readonly Value<'float32'>[]
}

export interface RegionProposals {
  /** What the head's convolutions give, level by level. */
  readonly maps: readonly RpnMaps[]
  /** The same by anchor, with the anchors. */
  readonly levels: readonly LevelPredictions[]
}

/** Box predictions for R regions, and the values before them. */
export interface BoxBranch extends BoxPredictions {
  readonly pooled: Value<'float32'>
  readonly features: Value<'float32'>
}

/** Mask logits `[R, K + 1, M, M]` for R regions, and the values before them. */
export interface MaskBranch {
  readonly pooled: Value<'float32'>
  readonly features: Value<'float32'>
  readonly logits: Value<'float32'>
}

/** Regions `[R, 4]` in pixels of the padded input, and int64 `[R]`: which image each lies in. */
export type RoiBranch<T> = (features: PyramidFeatures, rois: Value<'float32'>, images: Value<'int64'>) => T

/** The parts of a two-stage detector with their weights, to be wired for training or for inference. */
export interface TwoStageNetwork {
  /** `[N, 3, H, W]`, normalised and padded. */
  readonly features: (images: Value<'float32'>) => PyramidFeatures
  /** `images` as given to `features`: anchors depend on the padded size. */
  readonly proposals: (features: PyramidFeatures, images: Value<'float32'>) => RegionProposals
  readonly boxes: RoiBranch<BoxBranch>
  readonly masks?: RoiBranch<MaskBranch>
}

/** Makes all layers, under torchvision's names. */
export function twoStageNetwork(
  scope: Scope,
  config: TwoStageConfig & { readonly mask?: MaskBranchConfig },
): TwoStageNetwork {
  const { backbone, anchors, mask, numClasses } = config
  const width = config.fpn.channels
  const body = resnet(scope.child('backbone.body'), backbone)
  const pyramid = fpn(scope.child('backbone.fpn'), resnetChannels(backbone), config.fpn)
  const rpn = rpnHead(scope.child('rpn.head'), width, sameAnchors(config), config.rpn.head)
  const heads = scope.child('roi_heads')
  const toFeatures = boxHead(heads.child('box_head'), width, config.box.pooling.outputSize, config.box.head)
  const toBoxes = boxPredictor(heads.child('box_predictor'), config.box.head.width, numClasses)
  const masks = mask && maskBranch(heads, width, numClasses, mask)
  return {
    features: (images) => {
      const stages = body(images)
      return { body: stages, pyramid: pyramid(stages) }
    },
    proposals: (features, images) =>
      at('rpn', () => {
        const maps = features.pyramid.map(rpn)
        const image = { height: sizeOf(images, 2), width: sizeOf(images, 3) }
        const boxes = levelAnchors(anchors, features.pyramid, image)
        const levels = maps.map((level, i) => ({ ...flattenRpnMaps(level), anchors: boxes[i] }))
        return { maps, levels }
      }),
    boxes: (features, rois, images) => {
      const pooled = at('roi_heads.box_roi_pool', () =>
        poolRegions(pooledLevels(features), rois, images, config.box.pooling),
      )
      const hidden = toFeatures(pooled)
      return { pooled, features: hidden, ...toBoxes(hidden) }
    },
    masks,
  }
}

function maskBranch(
  heads: Scope,
  width: number,
  numClasses: number,
  { pooling, head }: MaskBranchConfig,
): RoiBranch<MaskBranch> {
  const toFeatures = maskHead(heads.child('mask_head'), width, head)
  const toLogits = maskPredictor(
    heads.child('mask_predictor'),
    head.convs > 0 ? head.width : width,
    numClasses,
  )
  return (features, rois, images) => {
    const pooled = at('roi_heads.mask_roi_pool', () =>
      poolRegions(pooledLevels(features), rois, images, pooling),
    )
    const hidden = toFeatures(pooled)
    return { pooled, features: hidden, logits: toLogits(hidden) }
  }
}

/** Regions are pooled from P2..P5; P6 only proposes. */
function pooledLevels({ pyramid }: PyramidFeatures): readonly Value<'float32'>[] {
  return pyramid.slice(0, -1)
}

/** One head serves all levels, so they must have equally many anchors in a cell. */
function sameAnchors({ anchors }: TwoStageConfig): number {
  const counts = anchorsPerCell(anchors)
  if (counts.some((count) => count !== counts[0])) {
    throw new ConfigError('all levels must have equally many anchors in a cell', {
      where: 'anchors',
      got: counts.join(', '),
    })
  }
  return counts[0]
}
