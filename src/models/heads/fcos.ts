/** A head that finds without anchors (Tian et al. 2019 and 2020, FCOS): torchvision's, and that of CenterMask (Lee and Park 2020). */
import { z } from 'zod'
import { rowsOfAnchors } from '../../detection/anchors.ts'
import { decodeSideDistances } from '../../detection/box-linear-coding.ts'
import {
  centernessOf,
  type FcosConvention,
  type FcosTargetOptions,
  type FcosTargets,
  fcosSquares,
  fcosTargets,
  type levelRanges,
} from '../../detection/fcos-targets.ts'
import type { DenseLevel } from '../../detection/select-dense.ts'
import { at, within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { conv2d, type Layer } from '../../nn/conv.ts'
import { type Init, ONES, ZEROS } from '../../nn/init.ts'
import {
  binaryCrossEntropyWithLogits,
  type FocalOptions,
  IOU_LOSS_KINDS,
  type IouLossOptions,
  iouLoss,
  sigmoidFocal,
} from '../../nn/losses.ts'
import type { NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import {
  add,
  cast,
  div,
  equal,
  maximum,
  mul,
  neg,
  or,
  relu,
  sigmoid,
  sqrt,
  where,
} from '../../ops/elementwise.ts'
import { gather, pick } from '../../ops/gather.ts'
import { concat, range, sizeOf, slice, squeeze, unsqueeze } from '../../ops/layout.ts'
import { reduceSum } from '../../ops/reduce.ts'
import type { DenseHead } from '../finders/dense.ts'
import { DENSE_SHAPE, type DenseConfig } from '../finders/dense-config.ts'
import { MOST } from '../setting-limits.ts'
import { depth, focal, norm, positive } from '../setting-schemas.ts'
import { truthsOf } from '../training-batch.ts'
import { DENSE_INIT, joinedRows, PRIOR_BIAS, positivesPerImage, stacked, tower } from './dense-head.ts'

export interface FcosTowerConfig {
  /** 3x3 convolutions, each with norm and relu: before both towers, and in those of classes and of boxes. */
  readonly sharedConvs: number
  readonly classConvs: number
  readonly boxConvs: number
  /** None where not given. */
  readonly norm?: NormConfig
  /** Whether distances have a learned factor for each level. */
  readonly levelScales: boolean
}

/** How boxes are learned. */
export interface FcosBoxLoss extends IouLossOptions {
  /** Whether a box counts as much as its place is central; all count alike where not given. */
  readonly byCenterness?: boolean
}

export interface FcosHeadConfig extends DenseConfig {
  readonly convention: FcosConvention
  readonly towers: FcosTowerConfig
  readonly targets: Omit<FcosTargetOptions, 'convention'>
  readonly focal: FocalOptions
  /** On distances in strides, so `addedArea` is in square strides. */
  readonly boxLoss: FcosBoxLoss
  /** `scoreThreshold` is on the probability of the class, or on the score, which is `sqrt(probability * centerness)`. */
  readonly thresholdOn: 'class' | 'score'
}

/** Little, but much more than float32 rounds away. */
const LEAST_ADDED_AREA = 1e-6

export const FCOS_SCHEMA = z.strictObject({
  convention: z.enum(['torchvision', 'centermask']),
  towers: z.strictObject({
    sharedConvs: depth,
    classConvs: depth,
    boxConvs: depth,
    norm: norm.optional(),
    levelScales: z.boolean(),
  }),
  targets: z.strictObject({
    radius: positive.nullable(),
    ranges: z.array(positive).max(MOST.levels).optional(),
  }),
  focal,
  boxLoss: z
    .strictObject({
      kind: z.enum(IOU_LOSS_KINDS),
      addedArea: z.number().min(0).optional(),
      byCenterness: z.boolean().optional(),
    })
    .refine(({ kind, addedArea = 0 }) => kind !== 'iou' || addedArea >= LEAST_ADDED_AREA, {
      path: ['addedArea'],
      message: `at least ${LEAST_ADDED_AREA} for iou, whose loss is infinite where boxes do not meet`,
    }),
  thresholdOn: z.enum(['class', 'score']),
  ...DENSE_SHAPE,
}) satisfies z.ZodType<FcosHeadConfig>

const GROUP_NORM: NormConfig = { kind: 'groupNorm', groups: 32, epsilon: 1e-5 }

/** torchvision's (`fcos_resnet50_fpn`). */
export const FCOS_DEFAULTS: FcosHeadConfig = {
  convention: 'torchvision',
  towers: { sharedConvs: 0, classConvs: 4, boxConvs: 4, norm: GROUP_NORM, levelScales: false },
  targets: { radius: 1.5 },
  focal: { alpha: 0.25, gamma: 2 },
  boxLoss: { kind: 'giou' },
  scoreThreshold: 0.2,
  thresholdOn: 'score',
  candidates: 1000,
  nmsThreshold: 0.6,
  maxDetections: 100,
  clips: true,
}

/** CenterMask's. */
export const CENTERMASK_FCOS: FcosHeadConfig = {
  ...FCOS_DEFAULTS,
  convention: 'centermask',
  towers: { ...FCOS_DEFAULTS.towers, levelScales: true },
  boxLoss: { kind: 'giou', addedArea: 1, byCenterness: true },
  scoreThreshold: 0.05,
  thresholdOn: 'class',
  clips: false,
}

/** What the head says of one map. */
export interface FcosMaps {
  /** `[N, K, H, W]`. */
  readonly logits: Value<'float32'>
  /** From each place to the left, top, right and bottom side of a box, in strides, at least 0: `[N, 4, H, W]`. */
  readonly distances: Value<'float32'>
  /** Logits `[N, 1, H, W]`. */
  readonly centerness: Value<'float32'>
}

/** The same by rows, of one map or of all: logits `[N, R, K]`, distances `[N, R, 4]` and logits of centerness `[N, R, 1]`. */
export type FcosRows = FcosMaps

/** The layers, shared by all maps: `[N, channels, H, W]` each -> what they say of it. `classes` counts the outputs. */
export function fcosHead(
  scope: Scope,
  channels: number,
  classes: number,
  levels: number,
  { sharedConvs, classConvs, boxConvs, norm, levelScales }: FcosTowerConfig,
): (maps: readonly Value<'float32'>[]) => FcosMaps[] {
  const [ofClasses, ofBoxes] = [scope.child('classification_head'), scope.child('regression_head')]
  const shared = listed(scope.child('shared_head.conv'), channels, sharedConvs, norm)
  const classTower = listed(ofClasses.child('conv'), channels, classConvs, norm)
  const boxTower = listed(ofBoxes.child('conv'), channels, boxConvs, norm)
  const last = (inner: Scope, out: number, biasInit: Init) =>
    conv2d(inner, { in: channels, out, kernel: 3, padding: 1, init: DENSE_INIT, biasInit })
  const logits = last(ofClasses.child('cls_logits'), classes, PRIOR_BIAS)
  const distances = last(ofBoxes.child('bbox_reg'), 4, ZEROS)
  const centerness = last(ofBoxes.child('bbox_ctrness'), 1, ZEROS)
  const scales = Array.from({ length: levelScales ? levels : 0 }, (_, level) =>
    ofBoxes.child(`scales.${level}`).param('scale', [1], ONES, 'weight'),
  )
  return (maps) =>
    at(scope.path, () =>
      maps.map((map, level) => {
        const features = shared(map)
        const boxFeatures = boxTower(features)
        const offsets = distances(boxFeatures)
        return {
          logits: logits(classTower(features)),
          distances: relu(levelScales ? mul(offsets, scales[level]) : offsets),
          centerness: centerness(boxFeatures),
        }
      }),
    )
}

/** Convolutions named by place, as in a list of them, their norms and relus. */
function listed(scope: Scope, channels: number, convs: number, norm: NormConfig | undefined): Layer {
  const each = norm ? 3 : 2
  return tower(channels, convs, norm, (i) => ({
    scope,
    conv: `${i * each}`,
    normName: `${i * each + 1}`,
    bias: true,
  }))
}

/** What it says of one map by rows, one for each place. */
export function fcosRows({ logits, distances, centerness }: FcosMaps): FcosRows {
  const rows = (map: Value<'float32'>) => rowsOfAnchors(map, 1, sizeOf(map, 1))
  return { logits: rows(logits), distances: rows(distances), centerness: rows(centerness) }
}

/** Outputs for the background: torchvision's head has one, which learns but is never read. */
function backgroundOutputs(convention: FcosConvention): number {
  return convention === 'torchvision' ? 1 : 0
}

/** What one map says, to be selected from: `squares` are those of its places, see `fcosSquares`. */
export function fcosLevel(
  { logits, distances, centerness }: FcosRows,
  squares: Value<'float32'>,
  { convention, thresholdOn }: Pick<FcosHeadConfig, 'convention' | 'thresholdOn'>,
): DenseLevel {
  const probabilities = sigmoid(slice(logits, 2, backgroundOutputs(convention)))
  const scores = sqrt(mul(probabilities, sigmoid(centerness)))
  return {
    scores,
    thresholded: thresholdOn === 'class' ? probabilities : scores,
    boxes: (image, rows) =>
      decodeSideDistances(gather(pick(distances, 0, image), rows), gather(squares, rows)),
  }
}

export interface FcosLosses {
  readonly classes: Value<'float32'>
  readonly boxes: Value<'float32'>
  readonly centerness: Value<'float32'>
}

/** Below every class. */
const NO_CLASS = -1
/** Least sum of centerness that boxes are divided by. */
const LEAST_CENTERNESS = 1e-6

/**
 * Losses of N images (Tian et al. 2020, eq. 2): focal of every class at every place, overlaps and cross entropy of centerness at the
 * places of objects. All are sums divided by the number of these places, at least 1; boxes that count by centerness are divided
 * by its sum instead. `predicted` holds the places of all levels. Finite where no image has objects.
 */
export function fcosLosses(
  predicted: FcosRows,
  targets: readonly FcosTargets[],
  { convention, focal, boxLoss }: Pick<FcosHeadConfig, 'convention' | 'focal' | 'boxLoss'>,
): FcosLosses {
  const isPositive = stacked(targets, (target) => target.isPositive)
  const distances = stacked(targets, (target) => target.distances)
  const weights = cast(isPositive, 'float32')
  const positives = maximum(reduceSum(weights), 1)
  const classes = add(range(sizeOf(predicted.logits, 2)), 1 - backgroundOutputs(convention))
  const labels = where(
    isPositive,
    stacked(targets, (target) => target.labels),
    NO_CLASS,
  )
  const isClass = cast(equal(unsqueeze(labels, 2), classes), 'float32')
  const wanted = centernessOf(distances)
  const boxWeights = boxLoss.byCenterness ? mul(weights, wanted) : weights
  const overlaps = iouLoss(boxesAround(predicted.distances), boxesAround(distances), boxLoss)
  const boxes = reduceSum(mul(overlaps, boxWeights))
  const cross = binaryCrossEntropyWithLogits(squeeze(predicted.centerness, 2), wanted)
  const perPlace = reduceSum(sigmoidFocal(predicted.logits, isClass, focal), [2])
  const counted = isCounted(targets)
  return {
    // Step by step: one sum over millions of small terms would lose digits.
    classes: div(reduceSum(reduceSum(counted ? mul(perPlace, counted) : perPlace, [1])), positives),
    boxes: div(boxes, boxLoss.byCenterness ? maximum(reduceSum(boxWeights), LEAST_CENTERNESS) : positives),
    centerness: div(reduceSum(mul(cross, weights)), positives),
  }
}

/** `[N, R]`: 1 at places that stand for an object or background, 0 at ignored ones; undefined where none is ignored. */
function isCounted(targets: readonly FcosTargets[]): Value<'float32'> | undefined {
  if (!targets[0].isNegative) return undefined
  const counted = stacked(targets, ({ isPositive, isNegative }) => or(isPositive, isNegative!))
  return cast(counted, 'float32')
}

/** Boxes whose sides lie at `distances` `[..., 4]` from a place, as seen from it. */
export function boxesAround(distances: Value<'float32'>): Value<'float32'> {
  return concat([neg(slice(distances, -1, 0, 2)), slice(distances, -1, 2)], -1)
}

export interface FcosHeadParts {
  /** With the background. */
  readonly numClasses: number
  readonly fcos: FcosHeadConfig
}

/** The head on maps of `channels` with these ranges, see `levelRanges`: torchvision's names, and publications' for what it lacks. */
export function fcos(
  scope: Scope,
  channels: number,
  ranges: ReturnType<typeof levelRanges>,
  { numClasses, fcos: config }: FcosHeadParts,
): DenseHead {
  const { convention, targets: options, towers } = config
  const outputs = numClasses - 1 + backgroundOutputs(convention)
  const head = fcosHead(scope, channels, outputs, ranges.length, towers)
  return ({ all }, images) => {
    const found = head(all.map(({ value }) => value))
    const squares = within('squares', () =>
      fcosSquares(all, { height: sizeOf(images, 2), width: sizeOf(images, 3) }, convention),
    )
    const rows = found.map(fcosRows)
    const predicted = joinedRows(rows)
    tapPredictions(scope, found, predicted)
    return {
      levels: rows.map((level, i) => fcosLevel(level, squares[i], config)),
      learn: (batch) =>
        within('loss', () => {
          const targets = truthsOf(batch).map((truth) =>
            fcosTargets(truth, squares, ranges, { ...options, convention }),
          )
          for (const [i, { isPositive, matched }] of targets.entries())
            scope.tap(`matched_idxs.${i}`, where(isPositive, matched, UNMATCHED))
          const { classes, ...ofPlaces } = fcosLosses(predicted, targets, config)
          return {
            losses: {
              loss_classification: classes,
              loss_bbox_regression: ofPlaces.boxes,
              loss_bbox_ctrness: ofPlaces.centerness,
            },
            metrics: { fcos_positives: positivesPerImage(targets) },
          }
        }),
    }
  }
}

const UNMATCHED = -1

function tapPredictions(scope: Scope, maps: readonly FcosMaps[], rows: FcosRows): void {
  for (const [i, { logits, distances, centerness }] of maps.entries()) {
    scope.tap(`fcos.logits.${i}`, logits)
    scope.tap(`fcos.reg.${i}`, distances)
    scope.tap(`fcos.ctrness.${i}`, centerness)
  }
  scope.tap('head.cls_logits', rows.logits)
  scope.tap('head.bbox_regression', rows.distances)
  scope.tap('head.bbox_ctrness', rows.centerness)
}
