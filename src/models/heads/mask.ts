import { z } from 'zod'
import type { FeatureMaps } from '../../detection/feature-map.ts'
import { maskTargets } from '../../detection/mask-targets.ts'
import { poolRegions, type RoiPoolingConfig } from '../../detection/multi-level-roi-align.ts'
import { GraphError } from '../../errors.ts'
import { isKnown } from '../../graph/dim.ts'
import { at, within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { conv2d, convTranspose2d, type Layer } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { binaryCrossEntropyWithLogits, weightedMean } from '../../nn/losses.ts'
import { BATCH_NORM, convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { relu, sigmoid } from '../../ops/elementwise.ts'
import { gatherND } from '../../ops/gather.ts'
import { concat, expandTo, range, shapeOf, sizeOf, unsqueeze } from '../../ops/layout.ts'
import type { RoiBranch } from '../detector.ts'
import { type MemoryBlock, pooledNumbers, type RegionCounts } from '../memory-blocks.ts'
import { depth, norm, pooling, width } from '../setting-schemas.ts'

export interface MaskHeadConfig {
  /** 3x3 convolutions of `width` channels before the enlargement. */
  readonly convs: number
  readonly width: number
  readonly norm?: NormConfig
}

export interface MaskBranchConfig {
  readonly pooling: RoiPoolingConfig
  readonly head: MaskHeadConfig
}

export const MASK_SCHEMA = z.strictObject({
  pooling,
  head: z.strictObject({ convs: depth, width, norm: norm.optional() }),
}) satisfies z.ZodType<MaskBranchConfig>

/** torchvision's mask branch (`maskrcnn_resnet50_fpn`). */
export const MASK_DEFAULTS: MaskBranchConfig = {
  pooling: { outputSize: 14, samplingRatio: 2, aligned: false },
  head: { convs: 4, width: 256 },
}

/** The second version's mask branch (`maskrcnn_resnet50_fpn_v2`). */
export const MASK_V2_DEFAULTS: MaskBranchConfig = {
  ...MASK_DEFAULTS,
  head: { ...MASK_DEFAULTS.head, norm: BATCH_NORM },
}

const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

/** Pooled regions `[R, channels, S, S]` -> features `[R, width, S, S]` (He et al., Mask R-CNN, figure 4). */
export function maskHead(scope: Scope, channels: number, { convs, width, norm }: MaskHeadConfig): Layer {
  const layers = Array.from({ length: convs }, (_, i) =>
    convNorm(scope.child(`${i}`), {
      ...{ conv: '0', normName: '1', norm, init: CONV_INIT, biasInit: ZEROS },
      ...{ in: i === 0 ? channels : width, out: width, kernel: 3, padding: 1 },
    }),
  )
  return (pooled) => at(scope.path, () => layers.reduce((map, layer) => relu(layer(map)), pooled))
}

/** Features `[R, width, S, S]` -> mask logits of every class `[R, K + 1, 2 S, 2 S]`. */
function maskPredictor(scope: Scope, width: number, numClasses: number): Layer {
  const enlarge = convTranspose2d(scope.child('conv5_mask'), {
    ...{ in: width, out: width, kernel: 2, stride: 2, init: CONV_INIT, biasInit: ZEROS },
  })
  const logits = conv2d(scope.child('mask_fcn_logits'), {
    ...{ in: width, out: numClasses, kernel: 1, init: CONV_INIT, biasInit: ZEROS },
  })
  return (features) => at(scope.path, () => logits(relu(enlarge(features))))
}

/** Logits `[R, M, M]` of one class of each region: logits `[R, K + 1, M, M]`, labels int64 `[R]`. */
function classMaskLogits(logits: Value<'float32'>, labels: Value<'int64'>): Value<'float32'> {
  const rows = unsqueeze(range(sizeOf(labels, 0)), 1)
  return gatherND(logits, concat([rows, unsqueeze(labels, 1)], 1))
}

/** Probabilities `[D, M, M]` of the predicted class's mask. */
function classMasks(logits: Value<'float32'>, labels: Value<'int64'>): Value<'float32'> {
  return sigmoid(classMaskLogits(logits, labels))
}

/**
 * Loss of the mask head (He et al., Mask R-CNN, section 3): mean cross entropy over the cells of each box's own class.
 * Logits `[P, K, M, M]`, classes int64 `[P]`, targets `[P, M, M]` in [0, 1], weights `[P]` (0 in rows that only
 * fill); 0 where every weight is 0.
 */
function maskLoss(
  logits: Value<'float32'>,
  classes: Value<'int64'>,
  targets: Value<'float32'>,
  weights: Value<'float32'>,
): Value<'float32'> {
  const terms = binaryCrossEntropyWithLogits(classMaskLogits(logits, classes), targets)
  return weightedMean(terms, expandTo(unsqueeze(weights, 1, 2), shapeOf(terms)))
}

/** The mask branch of Mask R-CNN on regions of feature maps with `channels`, torchvision's names. */
export function maskBranch(
  scope: Scope,
  channels: number,
  numClasses: number,
  { pooling, head }: MaskBranchConfig,
): RoiBranch {
  const toFeatures = maskHead(scope.child('mask_head'), channels, head)
  const inner = head.convs > 0 ? head.width : channels
  const toLogits = maskPredictor(scope.child('mask_predictor'), inner, numClasses)
  const predict = ({ pooled: maps }: FeatureMaps, rois: Value<'float32'>, images: Value<'int64'>) => {
    const pooled = at(`${scope.path}.mask_roi_pool`, () => poolRegions(maps, rois, images, pooling))
    const features = toFeatures(pooled)
    const logits = toLogits(features)
    for (const [name, value] of Object.entries({ pooled, head: features, logits }))
      scope.tap(`mask.${name}`, value)
    return logits
  }
  return {
    detect: (maps, { boxes, images, labels }) => {
      const logits = predict(maps, boxes, images)
      return { masks: within(scope.path, () => classMasks(logits, labels)) }
    },
    loss: (maps, { positiveBoxes, positiveImages, owners, labels, weights }, { masks }) => {
      if (!masks) {
        throw new GraphError('the batch has no masks', { hint: 'Train a model without masks, or give them.' })
      }
      const logits = predict(maps, positiveBoxes, positiveImages)
      return within(`${scope.path}.mask_loss`, () => {
        const side = logits.shape[logits.shape.length - 1]
        if (!isKnown(side)) throw new GraphError('the side of the mask logits must be known', { got: side })
        const targets = maskTargets(masks, positiveBoxes, owners, side)
        return { loss_mask: maskLoss(logits, labels, targets, weights) }
      })
    },
  }
}

/** What the branch holds for all detections. */
export function maskBlocks(
  { pooling, head }: MaskBranchConfig,
  { box, fpn, numClasses }: RegionCounts,
): MemoryBlock[] {
  return [
    {
      settings: ['box.maxDetections', 'fpn.channels', 'mask.pooling'],
      what: 'features of all masks',
      numbers: box.maxDetections * pooledNumbers(pooling, fpn.channels),
    },
    {
      settings: ['box.maxDetections', 'mask.pooling.outputSize', 'mask.head.width', 'numClasses'],
      what: 'masks of all detections in every class',
      numbers: box.maxDetections * (2 * pooling.outputSize) ** 2 * Math.max(head.width, numClasses),
    },
  ]
}
