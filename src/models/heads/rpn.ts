import { z } from 'zod'
import { rowsOfAnchors } from '../../detection/anchors.ts'
import type { GroundTruth } from '../../detection/match.ts'
import { type RpnTargetOptions, type RpnTargets, rpnTargets } from '../../detection/rpn-targets.ts'
import { at, within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import { type Cells, cellPatches } from '../../nn/cell-patches.ts'
import { conv2d, convBias, convWeight, type Layer } from '../../nn/conv.ts'
import { type Init, ZEROS } from '../../nn/init.ts'
import { binaryCrossEntropyWithLogits, smoothL1, weightedMean } from '../../nn/losses.ts'
import type { Scope } from '../../nn/scope.ts'
import { add, cast, div, greaterOrEqual, maximum, mul, relu, sub } from '../../ops/elementwise.ts'
import { gather, pick } from '../../ops/gather.ts'
import { scalar } from '../../ops/infer.ts'
import {
  concat,
  expand,
  reshape,
  type Size,
  sizeAdd,
  sizeMul,
  sizeOf,
  sizes,
  slice,
  squeeze,
  unsqueeze,
} from '../../ops/layout.ts'
import { gemm } from '../../ops/linear.ts'
import { reduceSum } from '../../ops/reduce.ts'
import type { Dtype } from '../../tensor/dtype.ts'
import { MOST } from '../setting-limits.ts'
import { proposals, sampling, share, upTo } from '../setting-schemas.ts'
import { rowsOfClass } from './class-rows.ts'

export interface RpnHeadConfig {
  /** 3x3 convolutions before the predictions; one in the paper. */
  readonly convDepth: number
}

/** How many proposals an image may have. */
export interface ProposalLimits {
  /** Best anchors of each level before suppression. */
  readonly preNmsTopN: number
  /** Over all levels, after it. */
  readonly postNmsTopN: number
}

export interface RpnConfig {
  readonly head: RpnHeadConfig
  readonly training: ProposalLimits
  readonly inference: ProposalLimits
  readonly nmsThreshold: number
  readonly scoreThreshold: number
  readonly targets: RpnTargetOptions
}

const limits = z.strictObject({ preNmsTopN: proposals, postNmsTopN: proposals })

export const RPN_SCHEMA = z.strictObject({
  head: z.strictObject({ convDepth: upTo(MOST.depth) }),
  training: limits,
  inference: limits,
  nmsThreshold: share,
  scoreThreshold: share,
  targets: sampling,
}) satisfies z.ZodType<RpnConfig>

/** torchvision's (`fasterrcnn_resnet50_fpn`). */
export const RPN_DEFAULTS: RpnConfig = {
  head: { convDepth: 1 },
  training: { preNmsTopN: 2000, postNmsTopN: 2000 },
  inference: { preNmsTopN: 1000, postNmsTopN: 1000 },
  nmsThreshold: 0.7,
  scoreThreshold: 0,
  targets: { size: 256, positiveFraction: 0.5, high: 0.7, low: 0.3 },
}

/** The second version's (`fasterrcnn_resnet50_fpn_v2`). */
export const RPN_V2_DEFAULTS: RpnConfig = { ...RPN_DEFAULTS, head: { convDepth: 2 } }

/** Predictions of one level, as the convolutions leave them. */
export interface RpnMaps {
  /** Logits `[N, A, H, W]`. */
  readonly objectness: Value<'float32'>
  /** `[N, 4 A, H, W]`, the four offsets of an anchor side by side. */
  readonly deltas: Value<'float32'>
}

/** What the head says about S anchors. */
export interface AnchorPredictions {
  /** `[S, 1]`. */
  readonly objectness: Value<'float32'>
  /** `[S, 4]`. */
  readonly deltas: Value<'float32'>
}

const NORMAL: Init = { kind: 'normal', std: 0.01 }

/** Names and shapes of the head's layers. */
function rpnLayers(channels: number, anchorsPerCell: number, { convDepth }: RpnHeadConfig) {
  const shared = { in: channels, init: NORMAL, biasInit: ZEROS }
  return {
    convs: Array.from({ length: convDepth }, (_, i) => ({
      name: `conv.${i}.0`,
      options: { ...shared, out: channels, kernel: 3, padding: 1 },
    })),
    objectness: { name: 'cls_logits', options: { ...shared, out: anchorsPerCell, kernel: 1 } },
    deltas: { name: 'bbox_pred', options: { ...shared, out: anchorsPerCell * 4, kernel: 1 } },
  }
}

type NamedLayer = ReturnType<typeof rpnLayers>['objectness']

/** Region proposal head (Ren et al. 2015), shared by all levels: map `[N, channels, H, W]` -> predictions of A anchors a cell. */
export function rpnHead(
  scope: Scope,
  channels: number,
  anchorsPerCell: number,
  config: RpnHeadConfig,
): (feature: Value<'float32'>) => RpnMaps {
  const layers = rpnLayers(channels, anchorsPerCell, config)
  const make = ({ name, options }: NamedLayer): Layer => conv2d(scope.child(name), options)
  const convs = layers.convs.map(make)
  const objectness = make(layers.objectness)
  const deltas = make(layers.deltas)
  return (feature) =>
    at(scope.path, () => {
      const hidden = convs.reduce((map, layer) => relu(layer(map)), feature)
      return { objectness: objectness(hidden), deltas: deltas(hidden) }
    })
}

/** Predictions by anchor, in the order of `levelAnchors`: logits `[N, H * W * A]`, deltas `[N, H * W * A, 4]`. */
export function flattenRpnMaps({ objectness, deltas }: RpnMaps): RpnMaps {
  const anchors = objectness.shape[1] as number
  return {
    objectness: squeeze(rowsOfAnchors(objectness, anchors, 1), 2),
    deltas: rowsOfAnchors(deltas, anchors, 4),
  }
}

/**
 * The head of `rpnHead`, with the same weights, at chosen anchors alone. A few hundred anchors of 200,000 are
 * trained on, so the last convolution and its gradient shrink from whole maps to these cells. `anchors` int64 `[S]`
 * counts those of all levels of the first image, then of the second.
 */
export function rpnHeadAt(
  scope: Scope,
  channels: number,
  anchorsPerCell: number,
  config: RpnHeadConfig,
): (maps: readonly Value<'float32'>[], anchors: Value<'int64'>) => AnchorPredictions {
  const layers = rpnLayers(channels, anchorsPerCell, config)
  const first = layers.convs.slice(0, -1).map(({ name, options }) => conv2d(scope.child(name), options))
  const product = ({ name, options }: NamedLayer) => {
    const inner = scope.child(name)
    const weight = convWeight(inner, options)
    const bias = convBias(inner, options)
    const { out, kernel } = options
    return (rows: Value<'float32'>) =>
      gemm(rows, reshape(weight, [out, options.in * kernel * kernel]), { transB: true, c: bias })
  }
  const last = layers.convs.slice(-1).map(product)
  const objectness = product(layers.objectness)
  const deltas = product(layers.deltas)
  return (maps, anchors) =>
    at(scope.path, () => {
      const inputs = maps.map((map) => first.reduce((x, layer) => relu(layer(x)), map))
      const { cells, anchor } = cellsOf(maps, anchors, anchorsPerCell)
      const patches = cellPatches(inputs, cells, last.length ? layers.convs[0].options.kernel : 1)
      const hidden = last.reduce((x, layer) => relu(layer(x)), patches)
      const count = sizeOf(anchors, 0)
      return {
        objectness: rowsOfClass(reshape(objectness(hidden), [count, anchorsPerCell, 1]), anchor),
        deltas: rowsOfClass(reshape(deltas(hidden), [count, anchorsPerCell, 4]), anchor),
      }
    })
}

/** Undoes the order of `levelAnchors`: the cell of each anchor, and which of the cell's anchors it is. */
function cellsOf(
  maps: readonly Value[],
  anchors: Value<'int64'>,
  perCell: number,
): { readonly cells: Cells; readonly anchor: Value<'int64'> } {
  const starts: Size[] = [0]
  for (const map of maps) {
    const count = sizeMul(sizeMul(sizeOf(map, 2), sizeOf(map, 3)), perCell)
    starts.push(sizeAdd(starts[starts.length - 1], count))
  }
  const image = div(anchors, sizes([starts[maps.length]]))
  const inImage = sub(anchors, mul(image, sizes([starts[maps.length]])))
  const firsts = sizes(starts.slice(0, -1))
  const reached = cast(greaterOrEqual(unsqueeze(inImage, 1), unsqueeze(firsts, 0)), 'int64')
  const level = sub(reduceSum(reached, [1]), 1)
  const inLevel = sub(inImage, gather(firsts, level))
  const cell = div(inLevel, perCell)
  const width = gather(sizes(maps.map((map) => sizeOf(map, 3))), level)
  const y = div(cell, width)
  return {
    cells: { level, image, y, x: sub(cell, mul(y, width)) },
    anchor: sub(inLevel, mul(cell, perCell)),
  }
}

export interface RpnLosses {
  /** Mean cross entropy of the sampled anchors. */
  readonly objectness: Value<'float32'>
  /** Smooth L1 of the positive anchors, summed and divided by the number of all sampled anchors. */
  readonly boxes: Value<'float32'>
  /** Per image. */
  readonly targets: readonly RpnTargets[]
}

/** Where torchvision's smooth L1 becomes a line. */
const BETA = 1 / 9

/**
 * Losses of the region proposal network over N images (Ren et al. 2015, eq. 1, as torchvision weighs it). `anchors`
 * `[A, 4]` are those of all levels, `priority` is `[N, A]`. `predict` is asked for the sampled anchors alone, int64 `[S]`
 * counted over all images. `learns` says of an image which anchors may be sampled, `[A]`; all where it says nothing.
 */
export function rpnLosses(
  anchors: Value<'float32'>,
  predict: (chosen: Value<'int64'>) => AnchorPredictions,
  truths: readonly GroundTruth[],
  priority: Value<'float32'>,
  options: RpnTargetOptions,
  learns: (image: number) => Value<'bool'> | undefined = () => undefined,
): RpnLosses {
  const count = sizeOf(anchors, 0)
  const targets = within('targets', () =>
    truths.map((truth, image) =>
      rpnTargets(truth, anchors, pick(priority, 0, image), options, learns(image)),
    ),
  )
  const join = <D extends Dtype>(part: (target: RpnTargets, image: number) => Value<D>) =>
    concat(targets.map(part), 0)
  const positive = join((target, image) => shifted(target.positive, image, count))
  const negative = join((target, image) => shifted(target.negative, image, count))
  const positiveWeight = join((target) => target.positiveWeight)
  const { objectness, deltas } = predict(concat([positive, negative], 0))
  const [positives, negatives] = [sizeOf(positive, 0), sizeOf(negative, 0)]
  const fill = (value: number) => expand(scalar('float32', value), [negatives])
  const isObject = concat([positiveWeight, fill(0)], 0)
  const weights = concat([positiveWeight, fill(1)], 0)
  const wanted = join((target) => target.deltas)
  const perBox = reduceSum(smoothL1(slice(deltas, 0, 0, positives), wanted, { beta: BETA }), [1])
  return {
    objectness: weightedMean(binaryCrossEntropyWithLogits(squeeze(objectness, 1), isObject), weights),
    boxes: div(reduceSum(mul(perBox, positiveWeight)), maximum(reduceSum(weights), 1)),
    targets,
  }
}

/** Indices into the anchors of one image as indices into those of all. */
function shifted(indices: Value<'int64'>, image: number, count: Size): Value<'int64'> {
  return image === 0 ? indices : add(indices, sizes([sizeMul(count, image)]))
}
