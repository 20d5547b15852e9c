/**
 * Losses as terms, one for every element or row, and the two ways of adding them up. Weights are masks: terms of
 * weight 0 count neither in the sum nor in what it is divided by, so rows that only fill a tensor cost nothing.
 */
import { ConfigError } from '../errors.ts'
import type { Value } from '../graph/value.ts'
import {
  abs,
  add,
  div,
  less,
  log,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  softplus,
  sub,
  where,
} from '../ops/elementwise.ts'
import { gatherElements, pick } from '../ops/gather.ts'
import { scalar } from '../ops/infer.ts'
import { slice, squeeze, unsqueeze } from '../ops/layout.ts'
import { logSoftmax } from '../ops/normalize.ts'
import { reduceSum } from '../ops/reduce.ts'

type Floats = Value<'float32'>

/**
 * Huber's loss as PyTorch's `smooth_l1_loss`: `d^2 / (2 beta)` where `|d| < beta`, else `|d| - beta / 2`.
 * Both of one shape; the terms have it too.
 */
export function smoothL1(predicted: Floats, target: Floats, { beta }: { readonly beta: number }): Floats {
  const difference = sub(predicted, target)
  const size = abs(difference)
  const near = mul(mul(difference, difference), 0.5 / beta)
  return where(less(size, beta), near, sub(size, 0.5 * beta))
}

/** `-t log s(x) - (1 - t) log(1 - s(x))` from logits x and targets t in [0, 1]; finite for every finite x. */
export function binaryCrossEntropyWithLogits(logits: Floats, targets: Floats): Floats {
  return sub(softplus(logits), mul(logits, targets))
}

/** Logits `[R, K]` and classes `[R]` (0 to K-1) -> `-log softmax` at the class, `[R]`. */
export function softmaxCrossEntropy(logits: Floats, classes: Value<'int64'>): Floats {
  const chosen = gatherElements(logSoftmax(logits, 1), unsqueeze(classes, 1), 1)
  return neg(squeeze(chosen, 1))
}

export interface FocalOptions {
  /** Weight of positives, of which negatives have the rest; negative: both count alike. */
  readonly alpha: number
  /** Exponent of the miss: 0, 1, 2, ... */
  readonly gamma: number
}

/**
 * Focal loss on sigmoids (Lin et al. 2017, eq. 5): cross entropy times `(1 - p_t)^gamma`, weighed by `alpha` for
 * positives and `1 - alpha` for negatives (not at all where alpha is negative). Targets are 0 or 1.
 */
export function sigmoidFocal(logits: Floats, targets: Floats, { alpha, gamma }: FocalOptions): Floats {
  const probability = sigmoid(logits)
  // |t - p| is 1 - p_t for targets of 0 and 1.
  const miss = abs(sub(targets, probability))
  const terms = focus(binaryCrossEntropyWithLogits(logits, targets), miss, gamma)
  if (alpha < 0) return terms
  const balance = sub(mul(targets, 2 * alpha - 1), alpha - 1)
  return mul(terms, balance)
}

/**
 * What is lost by an overlap: `iou` is `-log IoU` (Yu et al. 2016, UnitBox), `linear-iou` is `1 - IoU`, `giou` is `1 - GIoU`
 * (Rezatofighi et al. 2019), which also has a gradient where boxes lie apart.
 */
export type IouLossKind = (typeof IOU_LOSS_KINDS)[number]

export const IOU_LOSS_KINDS = ['iou', 'linear-iou', 'giou'] as const

export interface IouLossOptions {
  readonly kind: IouLossKind
  /** Added to shared area and union, so that boxes that barely meet still have an IoU; 0 where not given. */
  readonly addedArea?: number
}

/** Keeps quotients of empty boxes finite; torchvision's number. */
const AREA_EPSILON = 1e-7

/**
 * What boxes lose by how they overlap with boxes, row by row, both `[..., 4]` -> `[...]`. Infinite for `iou` without `addedArea`
 * where boxes do not meet.
 */
export function iouLoss(predicted: Floats, target: Floats, { kind, addedArea = 0 }: IouLossOptions): Floats {
  const [a, b] = [corners(predicted), corners(target)]
  const shared = area(maximum(a.low, b.low), minimum(a.high, b.high), relu)
  const union = sub(add(area(a.low, a.high), area(b.low, b.high)), shared)
  const iou = div(addedArea > 0 ? add(shared, addedArea) : shared, add(union, addedArea || AREA_EPSILON))
  if (kind === 'iou') return neg(log(iou))
  if (kind === 'linear-iou') return sub(1, iou)
  const enclosing = area(minimum(a.low, b.low), maximum(a.high, b.high))
  return add(sub(1, iou), div(sub(enclosing, union), add(enclosing, AREA_EPSILON)))
}

/** `1 - GIoU` of boxes with boxes, row by row, from 0 to 2: torchvision's `generalized_box_iou_loss`. */
export function generalizedIouLoss(predicted: Floats, target: Floats): Floats {
  return iouLoss(predicted, target, { kind: 'giou' })
}

/** Upper left and lower right corners `[..., 2]` of boxes `[..., 4]`. */
function corners(boxes: Floats) {
  return { low: slice(boxes, -1, 0, 2), high: slice(boxes, -1, 2, 4) }
}

/** `[...]`: product of both sides. */
function area(low: Floats, high: Floats, limited: (sides: Floats) => Floats = (sides) => sides): Floats {
  const sides = limited(sub(high, low))
  return mul(pick(sides, -1, 0), pick(sides, -1, 1))
}

/** Sum of `weights * terms`; weights broadcast against the terms. */
function weightedSum(terms: Floats, weights: Floats): Floats {
  return reduceSum(mul(terms, weights))
}

/** Sum of `weights * terms` divided by the sum of the weights, both of one shape; 0 where all weights are 0. */
export function weightedMean(terms: Floats, weights: Floats): Floats {
  const total = reduceSum(weights)
  const isEmpty = less(total, 1e-12)
  return div(weightedSum(terms, weights), where(isEmpty, scalar('float32', 1), total))
}

/** Whole powers as products: their gradient is finite at 0. */
function focus(terms: Floats, miss: Floats, gamma: number): Floats {
  if (!Number.isInteger(gamma) || gamma < 0) {
    throw new ConfigError('the exponent of the focal loss is not a whole number', {
      expected: '0, 1, 2, ...',
      got: `${gamma}`,
    })
  }
  let product = terms
  for (let i = 0; i < gamma; i++) product = mul(product, miss)
  return product
}
