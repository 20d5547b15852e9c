/** Mask scoring (Huang et al. 2019, Mask Scoring R-CNN): how well each predicted mask fits, as a branch on top of the mask's. */
import { z } from 'zod'
import { sharesInside } from '../../detection/mask-targets.ts'
import { at, within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { conv2d } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { linear, mapLinear } from '../../nn/linear.ts'
import { weightedMean } from '../../nn/losses.ts'
import type { Scope } from '../../nn/scope.ts'
import { add, and, cast, div, greater, maximum, mul, relu, stopGradient, sub } from '../../ops/elementwise.ts'
import { gatherElements } from '../../ops/gather.ts'
import { concat, squeeze, unsqueeze } from '../../ops/layout.ts'
import { maxPool } from '../../ops/pool.ts'
import { reduceSum } from '../../ops/reduce.ts'
import type { RegionShape } from '../backbone.ts'
import type { RoiBranch } from '../detector.ts'
import { type MemoryBlock, pooledNumbers, type RegionCounts } from '../memory-blocks.ts'
import { MOST } from '../setting-limits.ts'
import { upTo, width } from '../setting-schemas.ts'
import type { MaskBranch, MaskBranchConfig, MaskedRois } from './mask.ts'

export interface MaskIouHeadConfig {
  /** 3x3 convolutions of `width` channels; the last has stride 2. At least 1. */
  readonly convs: number
  readonly width: number
  /** Of the two linear layers. */
  readonly linearWidth: number
}

export const MASK_IOU_SCHEMA = z.strictObject({
  convs: upTo(MOST.depth),
  width,
  linearWidth: width,
}) satisfies z.ZodType<MaskIouHeadConfig>

/** The paper's. */
export const MASK_IOU_DEFAULTS: MaskIouHeadConfig = { convs: 4, width: 256, linearWidth: 1024 }

const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }
const LINEAR_INIT: Init = { kind: 'kaimingUniform', slope: 1 }
const LAST_INIT: Init = { kind: 'normal', std: 0.01 }

/** Says of masks, in their regions, what IoU each would have with the object's were it of each class: `[R, classes]`. */
export type MaskIouHead = (rois: MaskedRois) => Value<'float32'>

/** Where the layers have their names: the convolutions and first linear layers, and the last one. */
export interface MaskIouScopes {
  readonly features: Scope
  readonly predictor: Scope
}

/**
 * The MaskIoU head on regions `[R, channels, side, side]` with masks of twice their side: the mask, pooled to the size of
 * the features, joins them as one more channel. Names of the original publication's layers.
 */
export function maskIouHead(
  { features: scope, predictor }: MaskIouScopes,
  channels: number,
  side: number,
  classes: number,
  { convs, width, linearWidth }: MaskIouHeadConfig,
): MaskIouHead {
  const layers = Array.from({ length: convs }, (_, i) =>
    conv2d(scope.child(`maskiou_fcn${i + 1}`), {
      in: i === 0 ? channels + 1 : width,
      out: width,
      kernel: 3,
      padding: 1,
      stride: i === convs - 1 ? 2 : 1,
      init: CONV_INIT,
      biasInit: ZEROS,
    }),
  )
  const shared = { init: LINEAR_INIT, biasInit: ZEROS }
  const ofMap = { channels: width, side: Math.ceil(side / 2), out: linearWidth }
  const first = mapLinear(scope.child('maskiou_fc1'), { ...shared, ...ofMap })
  const second = linear(scope.child('maskiou_fc2'), { ...shared, in: linearWidth, out: linearWidth })
  const last = linear(predictor.child('maskiou'), {
    in: linearWidth,
    out: classes,
    init: LAST_INIT,
    biasInit: ZEROS,
  })
  return ({ pooled, masks }) =>
    at(scope.path, () => {
      const joined = concat([pooled, maxPool(unsqueeze(masks, 1), { kernel: 2 })], 1)
      const map = layers.reduce((x, layer) => relu(layer(x)), joined)
      return last(relu(second(relu(first(map)))))
    })
}

/** Of each row the value of its class: `[R, classes]`, int64 `[R]` -> `[R]`. */
function ofClass(ious: Value<'float32'>, labels: Value<'int64'>): Value<'float32'> {
  return squeeze(gatherElements(ious, unsqueeze(labels, 1), 1), 1)
}

/** Class scores times what is predicted of the own class: scores `[D]`, IoUs `[D, classes]`, labels int64 `[D]` -> `[D]`. */
export function maskScores(
  scores: Value<'float32'>,
  ious: Value<'float32'>,
  labels: Value<'int64'>,
): Value<'float32'> {
  return mul(scores, ofClass(ious, labels))
}

/**
 * IoU of each predicted mask with its whole object, `[R]` (the paper, section 3.3): `masks` are probabilities `[R, M, M]`,
 * of which those above 0.5 are inside, `targets` what they should be, in [0, 1], and `shares` `[R]` says which part of the
 * object lies in the box, so that what the box cuts off counts as missed. No gradient passes.
 */
export function maskIouTargets(
  masks: Value<'float32'>,
  targets: Value<'float32'>,
  shares: Value<'float32'>,
): Value<'float32'> {
  const isPredicted = greater(stopGradient(masks), 0.5)
  const isWanted = greater(targets, 0.5)
  const cells = (inside: Value<'bool'>) => reduceSum(cast(inside, 'float32'), [1, 2])
  const shared = cells(and(isPredicted, isWanted))
  // An object of which nothing is in the box has no wanted cell either.
  const whole = div(cells(isWanted), maximum(shares, 1e-6))
  const union = sub(add(cells(isPredicted), whole), shared)
  return div(shared, maximum(union, 1e-6))
}

/**
 * Half the mean squared difference over regions whose target is above 0: what is predicted for every class
 * `[R, classes]`, labels int64 `[R]`, targets and weights `[R]` (0 in rows that only fill). 0 where none counts.
 */
export function maskIouLoss(
  ious: Value<'float32'>,
  labels: Value<'int64'>,
  targets: Value<'float32'>,
  weights: Value<'float32'>,
): Value<'float32'> {
  const difference = sub(ofClass(ious, labels), targets)
  const counts = mul(weights, cast(greater(targets, 0), 'float32'))
  return weightedMean(mul(mul(difference, difference), 0.5), counts)
}

/**
 * A mask branch whose masks are scored: `maskScores` are class scores times predicted IoUs. Masks are computed once, and
 * what the score's loss says goes through features and masks back into the body.
 */
export function scored(scope: Scope, mask: MaskBranch, maskIou: MaskIouHead): RoiBranch {
  const predicted = (rois: MaskedRois) => {
    const ious = maskIou(rois)
    scope.tap('maskiou.out', ious)
    return ious
  }
  return {
    detect: (maps, rois) => {
      const found = mask.predict(maps, rois)
      return { masks: found.masks, maskScores: maskScores(rois.scores, predicted(found), rois.labels) }
    },
    loss: (maps, rois, batch) => {
      const learned = mask.learn(maps, rois, batch)
      const ious = predicted(learned)
      return within('mask_iou_loss', () => {
        const shares = sharesInside(learned.own, rois.positiveBoxes)
        const targets = maskIouTargets(learned.masks, learned.targets, shares)
        scope.tap('maskiou.shares', shares)
        scope.tap('maskiou.targets', targets)
        return { ...learned.losses, loss_maskiou: maskIouLoss(ious, rois.labels, targets, rois.weights) }
      })
    },
  }
}

/** A mask branch scored by a head of its own, named as the original publication's under `maskiou`. */
export function withMaskIou(
  heads: Scope,
  regions: RegionShape,
  numClasses: number,
  branch: MaskBranch,
  { mask, maskIou }: { readonly mask: MaskBranchConfig; readonly maskIou: MaskIouHeadConfig },
): RoiBranch {
  const scope = heads.child('maskiou')
  const scopes = { features: scope.child('feature_extractor'), predictor: scope.child('predictor') }
  const side = regions.side(mask.pooling.outputSize)
  return scored(scope, branch, maskIouHead(scopes, regions.channels, side, numClasses, maskIou))
}

/** What the scores hold for all detections: the widest maps of the convolutions; and the weights of the first linear layer. */
export function maskIouBlocks(
  head: MaskIouHeadConfig,
  { pooling }: MaskBranchConfig,
  regions: RegionCounts,
): MemoryBlock[] {
  const { detections, detectionsFrom, channels, channelsFrom } = regions
  return [
    {
      settings: [detectionsFrom, channelsFrom, 'mask.pooling.outputSize', 'maskIou.width'],
      what: 'features of all scores of masks',
      numbers: detections * pooledNumbers(pooling, Math.max(channels + 1, head.width)),
    },
    {
      settings: ['maskIou.width', 'mask.pooling.outputSize', 'maskIou.linearWidth'],
      what: 'weights of the first linear layer of the scores of masks',
      numbers: head.width * Math.ceil(pooling.outputSize / 2) ** 2 * head.linearWidth,
    },
  ]
}
