import { z } from 'zod'
import type { SampleOptions } from '../../detection/balanced-sample.ts'
import type { BoxWeights } from '../../detection/box-coding.ts'
import type { RoiPoolingConfig } from '../../detection/multi-level-roi-align.ts'
import type { Suppression } from '../../detection/select-detections.ts'
import { at } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import type { Layer } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { linear, mapLinear } from '../../nn/linear.ts'
import { smoothL1, softmaxCrossEntropy, weightedMean } from '../../nn/losses.ts'
import { BATCH_NORM, convNorm, type NormConfig } from '../../nn/norm.ts'
import type { Scope } from '../../nn/scope.ts'
import { div, maximum, mul, relu } from '../../ops/elementwise.ts'
import { scalar } from '../../ops/infer.ts'
import { concat, expand, reshape, sizeOf, slice } from '../../ops/layout.ts'
import { reduceMean, reduceSum } from '../../ops/reduce.ts'
import type { MemoryBlock } from '../memory-blocks.ts'
import { MOST } from '../setting-limits.ts'
import {
  depth,
  norm,
  pooling,
  positive,
  sampling,
  share,
  suppression,
  upTo,
  width,
} from '../setting-schemas.ts'
import { rowsOfClass } from './class-rows.ts'

/**
 * What turns a pooled region into features. `mlp`: two linear layers of `width` (the paper). `conv`: `convs` 3x3
 * convolutions of `convWidth` with norm, then one linear layer of `width` (torchvision's v2). `stage`: the stages of the body
 * after the map, which other heads share, and the mean of their cells (C4, He et al. 2017, figure 4 left).
 */
export type BoxHeadConfig =
  | { readonly kind: 'mlp'; readonly width: number }
  | {
      readonly kind: 'conv'
      readonly convs: number
      readonly convWidth: number
      readonly width: number
      readonly norm?: NormConfig
    }
  | { readonly kind: 'stage' }

export interface BoxBranchConfig {
  readonly pooling: RoiPoolingConfig
  readonly head: BoxHeadConfig
  /** A box for every class (default), or one whatever the class is. */
  readonly perClass?: boolean
  /** Multipliers of the box coding. */
  readonly boxWeights: BoxWeights
  readonly scoreThreshold: number
  readonly nmsThreshold: number
  readonly suppression?: Suppression
  readonly maxDetections: number
  /** IoU from which a proposal stands for a ground truth, and below which it is background. */
  readonly targets: SampleOptions & { readonly high: number; readonly low: number }
}

export const BOX_SCHEMA = z.strictObject({
  pooling,
  head: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('mlp'), width }),
    z.strictObject({ kind: z.literal('conv'), convs: depth, convWidth: width, width, norm: norm.optional() }),
    z.strictObject({ kind: z.literal('stage') }),
  ]),
  perClass: z.boolean().optional(),
  boxWeights: z.tuple([positive, positive, positive, positive]),
  scoreThreshold: share,
  nmsThreshold: share,
  suppression: suppression.optional(),
  maxDetections: upTo(MOST.detections),
  targets: sampling,
}) satisfies z.ZodType<BoxBranchConfig>

/** torchvision's (`fasterrcnn_resnet50_fpn`). */
export const BOX_DEFAULTS: BoxBranchConfig = {
  pooling: { outputSize: 7, samplingRatio: 2, aligned: false },
  head: { kind: 'mlp', width: 1024 },
  boxWeights: [10, 10, 5, 5],
  scoreThreshold: 0.05,
  nmsThreshold: 0.5,
  maxDetections: 100,
  targets: { size: 512, positiveFraction: 0.25, high: 0.5, low: 0.5 },
}

/** The second version's (`fasterrcnn_resnet50_fpn_v2`). */
export const BOX_V2_DEFAULTS: BoxBranchConfig = {
  ...BOX_DEFAULTS,
  head: { kind: 'conv', convs: 4, convWidth: 256, width: 1024, norm: BATCH_NORM },
}

const CONV_INIT: Init = { kind: 'kaimingNormal', fan: 'out' }

/** Regions `[R, channels, side, side]` -> features `[R, width]`. */
export interface BoxHead {
  readonly width: number
  readonly layer: Layer
}

export function boxHead(scope: Scope, channels: number, side: number, config: BoxHeadConfig): BoxHead {
  if (config.kind === 'stage')
    return { width: channels, layer: (region) => at(scope.path, () => reduceMean(region, [2, 3])) }
  return { width: config.width, layer: linearHead(scope, channels, side, config) }
}

function linearHead(
  scope: Scope,
  channels: number,
  side: number,
  config: Exclude<BoxHeadConfig, { readonly kind: 'stage' }>,
): Layer {
  if (config.kind === 'mlp') {
    const first = mapLinear(scope.child('fc6'), { channels, side, out: config.width })
    const second = linear(scope.child('fc7'), { in: config.width, out: config.width })
    return (pooled) => at(scope.path, () => relu(second(relu(first(pooled)))))
  }
  const { convs, convWidth, norm, width } = config
  const layers = Array.from({ length: convs }, (_, i) =>
    convNorm(scope.child(`${i}`), {
      conv: '0',
      normName: '1',
      norm,
      init: CONV_INIT,
      biasInit: ZEROS,
      in: i === 0 ? channels : convWidth,
      out: convWidth,
      kernel: 3,
      padding: 1,
    }),
  )
  // torchvision counts the flattening as a layer of its own.
  const ofMap = { channels: convs === 0 ? channels : convWidth, side, out: width }
  const last = mapLinear(scope.child(`${convs + 1}`), ofMap)
  return (pooled) =>
    at(scope.path, () => {
      const map = layers.reduce((x, layer) => relu(layer(x)), pooled)
      return relu(last(map))
    })
}

/** What the box head says of every region, background being class 0. */
export interface BoxPredictions {
  /** `[R, K + 1]`. */
  readonly logits: Value<'float32'>
  /** `[R, 4 (K + 1)]`, or `[R, 4]` where a box is of any class. */
  readonly deltas: Value<'float32'>
}

/** Classifier and box regressor on features `[R, width]`; `numClasses` counts the background. */
export function boxPredictor(
  scope: Scope,
  width: number,
  numClasses: number,
  { perClass = true }: Pick<BoxBranchConfig, 'perClass'>,
): (features: Value<'float32'>) => BoxPredictions {
  const logits = linear(scope.child('cls_score'), { in: width, out: numClasses })
  const deltas = linear(scope.child('bbox_pred'), { in: width, out: (perClass ? numClasses : 1) * 4 })
  return (features) => ({ logits: logits(features), deltas: deltas(features) })
}

/** What the box head learns from: R rows, the P positives first. */
export interface BoxTargets {
  /** Classes of the positives, int64 `[P]`. */
  readonly labels: Value<'int64'>
  /** `[P]`, 0 in rows that only fill. */
  readonly weights: Value<'float32'>
  /** `[P, 4]`. */
  readonly deltas: Value<'float32'>
}

const BETA = 1 / 9

/**
 * Losses of the box head: logits `[R, K]` and deltas `[R, K * 4]`, or `[R, 4]` of any class. Mean cross entropy over all rows; smooth
 * L1 of the positives' own class, summed and divided by the number of all rows (torchvision's `fastrcnn_loss`).
 */
export function boxLosses(
  logits: Value<'float32'>,
  deltas: Value<'float32'>,
  { labels, weights, deltas: wanted }: BoxTargets,
): { readonly classes: Value<'float32'>; readonly boxes: Value<'float32'> } {
  const [rows, classes, positives] = [sizeOf(logits, 0), sizeOf(logits, 1), sizeOf(labels, 0)]
  const negatives = sizeOf(slice(logits, 0, positives), 0)
  const all = concat([labels, expand(scalar('int64', 0), [negatives])], 0)
  const allWeights = concat([weights, expand(scalar('float32', 1), [negatives])], 0)
  const own =
    deltas.shape[1] === 4
      ? slice(deltas, 0, 0, positives)
      : rowsOfClass(reshape(deltas, [rows, classes, 4]), labels)
  const perBox = reduceSum(smoothL1(own, wanted, { beta: BETA }), [1])
  return {
    classes: weightedMean(softmaxCrossEntropy(logits, all), allWeights),
    boxes: div(reduceSum(mul(perBox, weights)), maximum(reduceSum(allWeights), 1)),
  }
}

/** Weights of the first linear layer, on maps of `channels`, which follow from a setting. */
export function boxBlocks(
  { head, pooling }: BoxBranchConfig,
  channels: number,
  channelsFrom: string,
): MemoryBlock[] {
  if (head.kind === 'stage') return []
  const narrowed = head.kind === 'conv' && head.convs > 0
  return [
    {
      settings: [narrowed ? 'box.head.convWidth' : channelsFrom, 'box.pooling.outputSize', 'box.head.width'],
      what: 'weights of the first linear layer of boxes',
      numbers: (narrowed ? head.convWidth : channels) * pooling.outputSize ** 2 * head.width,
    },
  ]
}
