/** The head of RetinaNet (Lin et al. 2017): classes and boxes of anchors at every cell, learned from all of them. */
import { z } from 'zod'
import {
  type AnchorTargetOptions,
  type AnchorTargets,
  anchorTargets,
} from '../../detection/anchor-targets.ts'
import { type AnchorConfig, anchorsPerCell, levelAnchors, rowsOfAnchors } from '../../detection/anchors.ts'
import { type BoxWeights, decodeBoxes, encodeBoxes } from '../../detection/box-coding.ts'
import type { DenseLevel } from '../../detection/select-dense.ts'
import { at, within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { conv2d, type Layer } from '../../nn/conv.ts'
import { ZEROS } from '../../nn/init.ts'
import { type FocalOptions, generalizedIouLoss, sigmoidFocal } from '../../nn/losses.ts'
import type { NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import {
  abs,
  and,
  cast,
  div,
  equal,
  greater,
  maximum,
  mul,
  or,
  sigmoid,
  sub,
  where,
} from '../../ops/elementwise.ts'
import { gather, pick } from '../../ops/gather.ts'
import { scalar } from '../../ops/infer.ts'
import { concat, range, sizeOf, slice, unsqueeze } from '../../ops/layout.ts'
import { reduceMean, reduceSum } from '../../ops/reduce.ts'
import type { DenseHead } from '../finders/dense.ts'
import { DENSE_SHAPE, type DenseConfig } from '../finders/dense-config.ts'
import { depth, focal, matching, norm } from '../setting-schemas.ts'
import { truthsOf } from '../training-batch.ts'
import { DENSE_INIT, joinedRows, PRIOR_BIAS, positivesPerImage, stacked, tower } from './dense-head.ts'

export interface RetinaHeadConfig extends DenseConfig {
  /** 3x3 convolutions before the predictions, in the tower of classes and in that of boxes. */
  readonly convs: number
  /** Norm after each of them, which then has no bias; none in the paper. */
  readonly norm?: NormConfig
  readonly targets: AnchorTargetOptions
  readonly focal: FocalOptions
  /** `l1` of the box coding, or `giou` of the boxes. */
  readonly boxLoss: 'l1' | 'giou'
}

export const RETINA_SCHEMA = z.strictObject({
  convs: depth,
  norm: norm.optional(),
  targets: matching,
  focal,
  boxLoss: z.enum(['l1', 'giou']),
  ...DENSE_SHAPE,
}) satisfies z.ZodType<RetinaHeadConfig>

/** torchvision's (`retinanet_resnet50_fpn`). */
export const RETINA_DEFAULTS: RetinaHeadConfig = {
  convs: 4,
  targets: { high: 0.5, low: 0.4 },
  focal: { alpha: 0.25, gamma: 2 },
  boxLoss: 'l1',
  scoreThreshold: 0.05,
  candidates: 1000,
  nmsThreshold: 0.5,
  maxDetections: 300,
  clips: true,
}

/** The second version's (`retinanet_resnet50_fpn_v2`). */
export const RETINA_V2_DEFAULTS: RetinaHeadConfig = {
  ...RETINA_DEFAULTS,
  norm: { kind: 'groupNorm', groups: 32, epsilon: 1e-5 },
  boxLoss: 'giou',
}

const SIZES = [32, 64, 128, 256, 512]

/** torchvision's anchors of P3 to P7: a third of an octave between three sizes, whole numbers, and three ratios. */
export const RETINA_ANCHORS: AnchorConfig = {
  sizes: SIZES.map((size) => [size, Math.floor(size * 2 ** (1 / 3)), Math.floor(size * 2 ** (2 / 3))]),
  aspectRatios: SIZES.map(() => [0.5, 1, 2]),
}

const UNIT_WEIGHTS: BoxWeights = [1, 1, 1, 1]

/** What the head says of R anchors of N images, in the order of `levelAnchors`. */
export interface RetinaRows {
  /** `[N, R, K]`, with an output for the background that learns and is never read, as torchvision's. */
  readonly logits: Value<'float32'>
  /** `[N, R, 4]`. */
  readonly deltas: Value<'float32'>
}

/** The layers, shared by all maps: `[N, channels, H, W]` -> what they say of A anchors in every cell. `numClasses` counts the background. */
function retinaHead(
  scope: Scope,
  channels: number,
  perCell: number,
  numClasses: number,
  { convs, norm }: Pick<RetinaHeadConfig, 'convs' | 'norm'>,
): (map: Value<'float32'>) => RetinaRows {
  const [ofClasses, ofBoxes] = [scope.child('classification_head'), scope.child('regression_head')]
  const last = { in: channels, kernel: 3, padding: 1, init: DENSE_INIT }
  const classTower = numbered(ofClasses, channels, convs, norm)
  const logits = conv2d(ofClasses.child('cls_logits'), {
    ...last,
    out: perCell * numClasses,
    biasInit: PRIOR_BIAS,
  })
  const boxTower = numbered(ofBoxes, channels, convs, norm)
  const deltas = conv2d(ofBoxes.child('bbox_reg'), { ...last, out: perCell * 4, biasInit: ZEROS })
  return (map) =>
    at(scope.path, () => ({
      logits: rowsOfAnchors(logits(classTower(map)), perCell, numClasses),
      deltas: rowsOfAnchors(deltas(boxTower(map)), perCell, 4),
    }))
}

function numbered(scope: Scope, channels: number, convs: number, norm: NormConfig | undefined): Layer {
  return tower(channels, convs, norm, (i) => ({ scope: scope.child(`conv.${i}`), conv: '0', normName: '1' }))
}

/** What one map says, to be selected from; anchors `[R, 4]`. */
function retinaLevel({ logits, deltas }: RetinaRows, anchors: Value<'float32'>): DenseLevel {
  return {
    scores: sigmoid(slice(logits, 2, 1)),
    boxes: (image, rows) =>
      decodeBoxes(gather(pick(deltas, 0, image), rows), gather(anchors, rows), UNIT_WEIGHTS),
  }
}

export interface RetinaLosses {
  readonly classes: Value<'float32'>
  readonly boxes: Value<'float32'>
}

/**
 * Losses of N images with anchors `[A, 4]` (Lin et al. 2017, section 3.2 and 4.1, as torchvision weighs them): focal of every
 * class at every anchor that is not ignored, and of boxes at the positive ones; in each image sums divided by its number of
 * positives, at least 1, then the mean over images. Finite where no image has objects.
 */
export function retinaLosses(
  { logits, deltas }: RetinaRows,
  anchors: Value<'float32'>,
  targets: readonly AnchorTargets[],
  { focal, boxLoss }: Pick<RetinaHeadConfig, 'focal' | 'boxLoss'>,
): RetinaLosses {
  const labels = unsqueeze(
    stacked(targets, (target) => target.labels),
    2,
  )
  const isPositive = stacked(targets, (target) => target.isPositive)
  const positives = cast(isPositive, 'float32')
  const counted = cast(
    or(
      isPositive,
      stacked(targets, (target) => target.isNegative),
    ),
    'float32',
  )
  const isClass = cast(and(greater(labels, 0), equal(labels, range(sizeOf(logits, 2)))), 'float32')
  const ofClasses = reduceSum(sigmoidFocal(logits, isClass, focal), [2])
  const ofBoxes = boxTerms(
    deltas,
    anchors,
    stacked(targets, (target) => target.boxes),
    boxLoss,
  )
  const counts = maximum(reduceSum(positives, [1]), 1)
  const perImage = (terms: Value<'float32'>, weights: Value<'float32'>) =>
    reduceMean(div(reduceSum(mul(terms, weights), [1]), counts), [0])
  return { classes: perImage(ofClasses, counted), boxes: perImage(ofBoxes, positives) }
}

/** `[N, A]`. */
function boxTerms(
  deltas: Value<'float32'>,
  anchors: Value<'float32'>,
  wanted: Value<'float32'>,
  kind: RetinaHeadConfig['boxLoss'],
): Value<'float32'> {
  if (kind === 'giou') return generalizedIouLoss(decodeBoxes(deltas, anchors, UNIT_WEIGHTS), wanted)
  return reduceSum(abs(sub(deltas, encodeBoxes(wanted, anchors, UNIT_WEIGHTS))), [2])
}

export interface RetinaConfig {
  /** With the background. */
  readonly numClasses: number
  readonly anchors: AnchorConfig
  readonly retina: RetinaHeadConfig
}

/** torchvision's marks of anchors that stand for no ground truth, in `matched_idxs`. */
const BACKGROUND = -1
const IGNORED = -2

/** The head on maps of `channels`, torchvision's names, order of events and losses. */
export function retina(
  scope: Scope,
  channels: number,
  { numClasses, anchors, retina }: RetinaConfig,
): DenseHead {
  const [perCell] = anchorsPerCell(anchors)
  const head = retinaHead(scope, channels, perCell, numClasses, retina)
  return ({ all }, images) => {
    const boxes = within('anchors', () =>
      levelAnchors(anchors, all, { height: sizeOf(images, 2), width: sizeOf(images, 3) }),
    )
    const levels = all.map(({ value }) => head(value))
    const joined = joinedRows(levels)
    scope.tap('head.cls_logits', joined.logits)
    scope.tap('head.bbox_regression', joined.deltas)
    return {
      levels: levels.map((level, i) => retinaLevel(level, boxes[i])),
      learn: (batch) =>
        within('loss', () => {
          const allAnchors = concat(boxes, 0)
          const targets = truthsOf(batch).map((truth) => anchorTargets(truth, allAnchors, retina.targets))
          for (const [i, { isPositive, isNegative, matched }] of targets.entries()) {
            const unmatched = where(isNegative, scalar('int64', BACKGROUND), IGNORED)
            scope.tap(`matched_idxs.${i}`, where(isPositive, matched, unmatched))
          }
          const { classes, boxes: ofBoxes } = retinaLosses(joined, allAnchors, targets, retina)
          return {
            losses: { loss_classification: classes, loss_bbox_regression: ofBoxes },
            metrics: { retina_positives: positivesPerImage(targets) },
          }
        }),
    }
  }
}
