import { z } from 'zod'
import type { FeatureMaps } from '../../detection/feature-map.ts'
import { type KeypointTargets, keypointTargets } from '../../detection/keypoint-targets.ts'
import { type RoiPoolingConfig, regionFeatures } from '../../detection/multi-level-roi-align.ts'
import { GraphError } from '../../errors.ts'
import { at, within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { conv2d, convTranspose2d } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { softmaxCrossEntropy, weightedMean } from '../../nn/losses.ts'
import type { Scope } from '../../nn/scope.ts'
import { cast, mul, relu } from '../../ops/elementwise.ts'
import { gather } from '../../ops/gather.ts'
import { reshape, sizeMul, sizeOf, unsqueeze } from '../../ops/layout.ts'
import { resizeByScale } from '../../ops/resize.ts'
import type { RegionShape } from '../backbone.ts'
import type { RoiBranch } from '../detector.ts'
import { type MemoryBlock, pooledNumbers, type RegionCounts } from '../memory-blocks.ts'
import { depth, pooling, width } from '../setting-schemas.ts'

export interface KeypointHeadConfig {
  /** 3x3 convolutions of `width` channels before the enlargement; 8 of 512 in the paper. */
  readonly convs: number
  readonly width: number
}

export interface KeypointBranchConfig {
  /** Heatmaps have four times its side. */
  readonly pooling: RoiPoolingConfig
  readonly head: KeypointHeadConfig
}

export const KEYPOINT_SCHEMA = z.strictObject({
  pooling,
  head: z.strictObject({ convs: depth, width }),
}) satisfies z.ZodType<KeypointBranchConfig>

/** torchvision's keypoint branch (`keypointrcnn_resnet50_fpn`). */
export const KEYPOINT_DEFAULTS: KeypointBranchConfig = {
  pooling: { outputSize: 14, samplingRatio: 2, aligned: false },
  head: { convs: 8, width: 512 },
}

const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

/**
 * The keypoint branch of Mask R-CNN (He et al. 2017, section 5) on regions, torchvision's names and numbers, with `count` types
 * of keypoints: convolutions, a transposed one that doubles the side, bilinear interpolation that doubles it again. Heatmaps
 * `[R, count, 4 S, 4 S]` are logits over their cells.
 */
export function keypointBranch(
  scope: Scope,
  { channels, side }: RegionShape,
  count: number,
  { pooling, head }: KeypointBranchConfig,
): RoiBranch {
  const headScope = scope.child('keypoint_head')
  // torchvision counts each activation as a layer of its own.
  const convs = Array.from({ length: head.convs }, (_, i) =>
    conv2d(headScope.child(`${2 * i}`), {
      in: i === 0 ? channels : head.width,
      out: head.width,
      kernel: 3,
      padding: 1,
      init: CONV_INIT,
      biasInit: ZEROS,
    }),
  )
  const predictor = scope.child('keypoint_predictor')
  const enlarge = convTranspose2d(predictor.child('kps_score_lowres'), {
    in: head.convs > 0 ? head.width : channels,
    out: count,
    kernel: 4,
    stride: 2,
    padding: 1,
    init: CONV_INIT,
    biasInit: ZEROS,
  })
  const predict = (maps: FeatureMaps, rois: Value<'float32'>, images: Value<'int64'>) => {
    const pooled = at(`${scope.path}.keypoint_roi_pool`, () => regionFeatures(maps, rois, images, pooling))
    const features = at(headScope.path, () => convs.reduce((map, layer) => relu(layer(map)), pooled))
    const logits = at(predictor.path, () => resizeByScale(enlarge(features), { scale: 2, mode: 'bilinear' }))
    for (const [name, value] of Object.entries({ pooled, head: features, logits })) {
      scope.tap(`keypoint.${name}`, value)
    }
    return logits
  }
  return {
    detect: (maps, { boxes, images }) => ({ heatmaps: predict(maps, boxes, images) }),
    loss: (maps, { positiveBoxes, positiveImages, owners, weights }, { keypoints }) => {
      if (!keypoints) {
        const hint = 'Train a model without keypoints, or give them.'
        throw new GraphError('the batch has no keypoints', { hint })
      }
      const logits = predict(maps, positiveBoxes, positiveImages)
      return within(`${scope.path}.keypoint_loss`, () => {
        const [n, g] = [0, 1].map((axis) => sizeOf(keypoints, axis))
        const own = gather(reshape(keypoints, [sizeMul(n, g), count, 3]), owners)
        const targets = keypointTargets(own, positiveBoxes, 4 * side(pooling.outputSize))
        return { loss_keypoint: keypointLoss(logits, targets, weights) }
      })
    },
  }
}

/**
 * Loss of the keypoint head (He et al., Mask R-CNN, section 5): each heatmap is a classifier over its M * M cells, and the
 * cross entropy is averaged over the keypoints that count (torchvision's `keypointrcnn_loss`). Logits `[P, K, M, M]`,
 * targets of the same boxes `[P, K]`, weights `[P]` (0 in rows that only fill); 0 where nothing counts.
 */
export function keypointLoss(
  logits: Value<'float32'>,
  { cells, isValid }: KeypointTargets,
  weights: Value<'float32'>,
): Value<'float32'> {
  const [boxes, points, height, width] = [0, 1, 2, 3].map((axis) => sizeOf(logits, axis))
  const count = sizeMul(boxes, points)
  const terms = softmaxCrossEntropy(reshape(logits, [count, sizeMul(height, width)]), reshape(cells, [count]))
  const counts = mul(cast(isValid, 'float32'), unsqueeze(weights, 1))
  return weightedMean(terms, reshape(counts, [count]))
}

/** What the branch holds for all detections. */
export function keypointBlocks(
  { pooling, head }: KeypointBranchConfig,
  numKeypoints: number,
  regions: RegionCounts,
): MemoryBlock[] {
  const { detections, detectionsFrom, channels, channelsFrom } = regions
  return [
    {
      settings: [detectionsFrom, channelsFrom, 'keypoint.head.width', 'keypoint.pooling'],
      what: 'features of all keypoints',
      numbers: detections * pooledNumbers(pooling, Math.max(channels, head.width)),
    },
    {
      settings: [detectionsFrom, 'keypoint.pooling.outputSize', 'numKeypoints'],
      what: 'heatmaps of all detections',
      numbers: detections * (4 * pooling.outputSize) ** 2 * numKeypoints,
    },
  ]
}
