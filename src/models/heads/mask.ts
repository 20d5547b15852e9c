import { z } from 'zod'
import type { FeatureMaps } from '../../detection/feature-map.ts'
import { maskTargets, type OwnMasks, ownMasks } from '../../detection/mask-targets.ts'
import { type RoiPoolingConfig, regionFeatures } from '../../detection/multi-level-roi-align.ts'
import { GraphError } from '../../errors.ts'
import type { MaskPasting } from '../../geometry/paste-reach.ts'
import { at, within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { convBias, convTransposeParts, convWeight, type Layer, partsLaidOut } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { binaryCrossEntropyWithLogits, weightedMean } from '../../nn/losses.ts'
import { BATCH_NORM, convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { add, exp, mul, neg, relu, sigmoid, sub } from '../../ops/elementwise.ts'
import { gather, gatherND, pick } from '../../ops/gather.ts'
import {
  concat,
  expandTo,
  range,
  reshape,
  shapeOf,
  sizeMul,
  sizeOf,
  squeeze,
  unsqueeze,
} from '../../ops/layout.ts'
import { matMul } from '../../ops/linear.ts'
import { logSoftmax } from '../../ops/normalize.ts'
import type { RegionShape } from '../backbone.ts'
import type { DetectedRois, RoiBranch } from '../detector.ts'
import { type MemoryBlock, pooledNumbers, type RegionCounts } from '../memory-blocks.ts'
import type { SampledRois } from '../sampled-rois.ts'
import { depth, norm, pooling, width } from '../setting-schemas.ts'
import type { Losses, TrainingBatch } from '../training-batch.ts'
import { maskness } from './maskness.ts'

export interface MaskHeadConfig {
  /** 3x3 convolutions of `width` channels before the enlargement. */
  readonly convs: number
  readonly width: number
  readonly norm?: NormConfig
  /** A mask for every class (default), or one whatever the class is. */
  readonly perClass?: boolean
  /**
   * What makes probabilities of the logits. `sigmoid` (default): each mask for itself. `softmax`: the classes and the
   * background compete for every cell. The Mask R-CNN paper compares them (table 2b).
   */
  readonly activation?: 'sigmoid' | 'softmax'
}

export interface MaskBranchConfig {
  readonly pooling: RoiPoolingConfig
  readonly head: MaskHeadConfig
  /** How masks are laid over their boxes in the picture, after the graph: `whole-pixels` by default, as torchvision. */
  readonly pasting?: MaskPasting
  /** `maskness`: detections have scores of their masks, class scores times `maskness`. Without it masks are scored as their boxes. */
  readonly scoring?: 'maskness'
}

export const MASK_SCHEMA = z.strictObject({
  pooling,
  head: z.strictObject({
    convs: depth,
    width,
    norm: norm.optional(),
    perClass: z.boolean().optional(),
    activation: z.enum(['sigmoid', 'softmax']).optional(),
  }),
  pasting: z.enum(['whole-pixels', 'exact']).optional(),
  scoring: z.enum(['maskness']).optional(),
}) satisfies z.ZodType<MaskBranchConfig>

/** Of branches that score masks otherwise. */
export const UNSCORED_MASK_SCHEMA = MASK_SCHEMA.omit({ scoring: true })

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

/** How much finer masks are than the features they are made of. */
const ENLARGEMENT = 2

const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

/** Pooled regions `[R, channels, S, S]` -> features `[R, width, S, S]` (He et al., Mask R-CNN, figure 4). */
export function maskHead(scope: Scope, channels: number, { convs, width, norm }: MaskHeadConfig): Layer {
  const layers = Array.from({ length: convs }, (_, i) =>
    convNorm(scope.child(`${i}`), {
      conv: '0',
      normName: '1',
      norm,
      init: CONV_INIT,
      biasInit: ZEROS,
      in: i === 0 ? channels : width,
      out: width,
      kernel: 3,
      padding: 1,
    }),
  )
  return (pooled) => at(scope.path, () => layers.reduce((map, layer) => relu(layer(map)), pooled))
}

/** Masks the head predicts of each region: `numClasses` counts the background. */
function maskCount({ perClass = true, activation }: MaskHeadConfig, numClasses: number): number {
  if (perClass) return numClasses
  return activation === 'softmax' ? 2 : 1
}

/** Mask logits of regions, of which no more is computed than is asked for. */
export interface MaskLogits {
  /** Of every mask that the head has: `[R, K + 1, M, M]` by class, or `[R, 1 or 2, M, M]` of any. */
  readonly all: Value<'float32'>
  /** Of one mask of each region, int64 `[R]`: `[R, M, M]`. */
  of(mask: Value<'int64'>): Value<'float32'>
}

/** Features `[R, channels, S, S]` -> `count` mask logits of each region, M = 2 S. */
export function maskPredictor(
  scope: Scope,
  channels: number,
  width: number,
  count: number,
): (features: Value<'float32'>) => MaskLogits {
  const shared = { init: CONV_INIT, biasInit: ZEROS }
  const enlarge = convTransposeParts(scope.child('conv5_mask'), {
    ...shared,
    in: channels,
    out: width,
    kernel: ENLARGEMENT,
  })
  const last = { ...shared, in: width, out: count, kernel: 1 }
  const inner = scope.child('mask_fcn_logits')
  const rows = at(inner.path, () => reshape(convWeight(inner, last), [count, width]))
  const bias = convBias(inner, last) as Value<'float32'>
  return (features) => {
    // Laid out are the few logits, not what they are made of.
    const parts = at(scope.path, () => {
      const [regions, side] = [sizeOf(features, 0), sizeOf(features, 2)]
      return reshape(relu(enlarge(features)), [regions, ENLARGEMENT ** 2, width, sizeMul(side, side)])
    })
    const side = sizeOf(features, 2)
    return {
      get all() {
        return at(inner.path, () =>
          partsLaidOut(add(matMul(rows, parts), reshape(bias, [count, 1])), ENLARGEMENT, side),
        )
      },
      of: (mask) =>
        at(inner.path, () => {
          const own = unsqueeze(gather(rows, mask), 1, 2)
          const logits = add(matMul(own, parts), unsqueeze(gather(bias, mask), 1, 2, 3))
          return squeeze(partsLaidOut(logits, ENLARGEMENT, side), 1)
        }),
    }
  }
}

/** Values of one class of each region, `[R, M, M]`: of every class `[R, K + 1, M, M]`, or of any and the background `[R, 2, M, M]`. */
function ofClass(
  values: Value<'float32'>,
  labels: Value<'int64'>,
  { perClass = true }: MaskHeadConfig,
): Value<'float32'> {
  if (!perClass) return pick(values, 1, 1)
  const rows = unsqueeze(range(sizeOf(labels, 0)), 1)
  return gatherND(values, concat([rows, unsqueeze(labels, 1)], 1))
}

/** Logits `[R, M, M]` of one class of each region, each class for itself. */
function logitsOfClass(
  logits: MaskLogits,
  labels: Value<'int64'>,
  { perClass = true }: MaskHeadConfig,
): Value<'float32'> {
  return logits.of(perClass ? labels : mul(labels, 0))
}

/** Probabilities `[R, M, M]` of one class's mask of each region. */
export function classMasks(
  logits: MaskLogits,
  labels: Value<'int64'>,
  head: MaskHeadConfig,
): Value<'float32'> {
  if (head.activation === 'softmax') return exp(ofClass(logSoftmax(logits.all, 1), labels, head))
  return sigmoid(logitsOfClass(logits, labels, head))
}

/**
 * Loss of the mask head (He et al., Mask R-CNN, section 3): mean cross entropy over the cells of each box's own class,
 * which under softmax competes with all others, the background standing first. Logits of P regions, classes int64
 * `[P]`, targets `[P, M, M]` in [0, 1], weights `[P]` (0 in rows that only fill); 0 where every weight is 0.
 */
export function maskLoss(
  logits: MaskLogits,
  classes: Value<'int64'>,
  targets: Value<'float32'>,
  weights: Value<'float32'>,
  head: MaskHeadConfig,
): Value<'float32'> {
  const terms =
    head.activation === 'softmax'
      ? competingTerms(logSoftmax(logits.all, 1), classes, targets, head)
      : binaryCrossEntropyWithLogits(logitsOfClass(logits, classes, head), targets)
  return weightedMean(terms, expandTo(unsqueeze(weights, 1, 2), shapeOf(terms)))
}

/** `-t log p(class) - (1 - t) log p(background)`. */
function competingTerms(
  logs: Value<'float32'>,
  classes: Value<'int64'>,
  targets: Value<'float32'>,
  head: MaskHeadConfig,
): Value<'float32'> {
  const background = pick(logs, 1, 0)
  const gain = mul(sub(ofClass(logs, classes, head), background), targets)
  return neg(add(gain, background))
}

/** What is known of regions once their masks are predicted. */
export interface MaskedRois {
  /** Their features, `[R, channels, S, S]`. */
  readonly pooled: Value<'float32'>
  /** Probabilities `[R, M, M]` of the class that each is said to have. */
  readonly masks: Value<'float32'>
}

/** The same of the regions that a step learns from. */
export interface LearnedMasks extends MaskedRois {
  readonly losses: Losses
  /** What the masks should be, `[R, M, M]`. */
  readonly targets: Value<'float32'>
  /** Of the ground truth. */
  readonly own: OwnMasks
}

/** The mask branch, open to those that go on from its masks. */
export interface MaskBranch extends RoiBranch {
  predict(maps: FeatureMaps, rois: DetectedRois): MaskedRois
  learn(maps: FeatureMaps, rois: SampledRois, batch: TrainingBatch): LearnedMasks
}

/** Makes the layers before the enlargement: pooled regions `[R, channels, S, S]` -> features `[R, width, S, S]`. */
export type MaskFeatures = (scope: Scope, channels: number) => Layer

/** The mask branch of Mask R-CNN on regions, torchvision's names; `features` are those of `maskHead` where not given. */
export function maskBranch(
  scope: Scope,
  { channels, isShared }: RegionShape,
  numClasses: number,
  { pooling, head, scoring }: MaskBranchConfig,
  features: MaskFeatures = (inner, inputs) => maskHead(inner, inputs, head),
): MaskBranch {
  const toFeatures = features(scope.child('mask_head'), channels)
  const inner = head.convs > 0 ? head.width : channels
  // Without convolutions a head on a pyramid enlarges its channels as they are; that on a body's last stage narrows them.
  const outer = isShared ? head.width : inner
  const toLogits = maskPredictor(scope.child('mask_predictor'), inner, outer, maskCount(head, numClasses))
  const predicted = (maps: FeatureMaps, rois: Value<'float32'>, images: Value<'int64'>) => {
    const pooled = at(`${scope.path}.mask_roi_pool`, () => regionFeatures(maps, rois, images, pooling))
    const seen = toFeatures(pooled)
    const logits = toLogits(seen)
    for (const [name, value] of Object.entries({ pooled, head: seen, logits: logits.all }))
      scope.tap(`mask.${name}`, value)
    return { pooled, logits }
  }
  const branch: MaskBranch = {
    predict: (maps, { boxes, images, labels }) => {
      const { pooled, logits } = predicted(maps, boxes, images)
      return { pooled, masks: within(scope.path, () => classMasks(logits, labels, head)) }
    },
    learn: (maps, { positiveBoxes, positiveImages, owners, labels, weights }, { masks }) => {
      if (!masks) {
        throw new GraphError('the batch has no masks', { hint: 'Train a model without masks, or give them.' })
      }
      const { pooled, logits } = predicted(maps, positiveBoxes, positiveImages)
      return within(`${scope.path}.mask_loss`, () => {
        const side = sizeOf(pooled, 2)
        if (typeof side !== 'number') throw new GraphError('the side of the regions must be known')
        const own = ownMasks(masks, owners)
        const targets = maskTargets(own, positiveBoxes, ENLARGEMENT * side)
        scope.tap('mask.targets', targets)
        const losses = { loss_mask: maskLoss(logits, labels, targets, weights, head) }
        return { pooled, masks: classMasks(logits, labels, head), targets, own, losses }
      })
    },
    detect: (maps, rois) => {
      const { masks } = branch.predict(maps, rois)
      if (!scoring) return { masks }
      return { masks, maskScores: within(scope.path, () => mul(rois.scores, maskness(masks))) }
    },
    loss: (maps, rois, batch) => branch.learn(maps, rois, batch).losses,
  }
  return branch
}

/** What the branch holds for all detections. */
export function maskBlocks({ pooling, head }: MaskBranchConfig, regions: RegionCounts): MemoryBlock[] {
  const { detections, detectionsFrom, channels, channelsFrom, numClasses } = regions
  return [
    {
      settings: [detectionsFrom, channelsFrom, 'mask.pooling'],
      what: 'features of all masks',
      numbers: detections * pooledNumbers(pooling, channels),
    },
    {
      settings: [detectionsFrom, 'mask.pooling.outputSize', 'mask.head.width', 'numClasses'],
      what: 'masks of all detections in every class',
      numbers: detections * (2 * pooling.outputSize) ** 2 * Math.max(head.width, numClasses),
    },
  ]
}
