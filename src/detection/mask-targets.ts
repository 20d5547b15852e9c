import type { Value } from '../graph/value.ts'
import { cast, clamp, div, maximum, mul, sub } from '../ops/elementwise.ts'
import { gather, nonZero, scatterElements } from '../ops/gather.ts'
import { scalar } from '../ops/infer.ts'
import { expand, reshape, type Size, sizeMul, sizeOf, squeeze } from '../ops/layout.ts'
import { cumSum, reduceSum } from '../ops/reduce.ts'
import { roiAlign } from '../ops/roi-align.ts'
import { boxSides } from './box-coding.ts'

/** Masks of the ground truth that regions stand for. */
export interface OwnMasks {
  /** Each once, `[U, 1, H, W]` of 0 and 1. */
  readonly each: Value<'float32'>
  /** Which of them is each region's own, int64 `[R]`. */
  readonly places: Value<'int64'>
}

/**
 * The masks `[N, G, H, W]` that are asked for by `owners`, int64 `[R]`, which counts the N * G of them row by row: whole
 * masks become floats, so padding and objects that no box stands for are left behind.
 */
export function ownMasks(masks: Value<'uint8'>, owners: Value<'int64'>): OwnMasks {
  const [height, width] = [sizeOf(masks, 2), sizeOf(masks, 3)]
  const count = sizeMul(sizeOf(masks, 0), sizeOf(masks, 1))
  const { rows, places } = used(owners, count)
  const each = gather(reshape(masks, [count, 1, height, width]), rows)
  return { each: cast(each, 'float32'), places }
}

/**
 * What the mask head should predict in each box: RoIAlign (not aligned, adaptive sampling) of its ground truth's
 * mask, so values between 0 and 1 on contours, as torchvision's `project_masks_on_boxes`. `boxes` `[R, 4]`. Result
 * `[R, size, size]`.
 */
export function maskTargets(
  { each, places }: OwnMasks,
  boxes: Value<'float32'>,
  size: number,
): Value<'float32'> {
  // One channel and a few hundred boxes: the runtime's operator beats products over whole images.
  const targets = roiAlign(
    { features: [each], rois: boxes, batchIndices: places },
    { outputSize: [size, size], spatialScales: [1], samplingRatio: 0, aligned: false, lowering: 'native' },
  )
  return squeeze(targets, 1)
}

/** Which part of each box's own mask lies inside it, `[R]` from 0 to 1; `boxes` `[R, 4]`. 0 where the mask is empty. */
export function sharesInside({ each, places }: OwnMasks, boxes: Value<'float32'>): Value<'float32'> {
  const count = sizeOf(boxes, 0)
  // One sample a pixel, on pixel centres: exact for boxes of whole pixels.
  const means = roiAlign(
    { features: [each], rois: boxes, batchIndices: places },
    { outputSize: [1, 1], spatialScales: [1], samplingRatio: 0, aligned: true, lowering: 'native' },
  )
  const { width, height } = boxSides(boxes)
  const inside = mul(reshape(means, [count]), reshape(mul(width, height), [count]))
  const whole = gather(reduceSum(each, [1, 2, 3]), places)
  return clamp(div(inside, maximum(whole, 1)), 0, 1)
}

/** The rows that are asked for, each once, and where each of `owners` finds its own among them. */
function used(owners: Value<'int64'>, count: Size) {
  const one = expand(scalar('int64', 1), [sizeOf(owners, 0)])
  const isUsed = scatterElements(expand(scalar('int64', 0), [count]), owners, one, { axis: 0 })
  const rows = squeeze(nonZero(isUsed), 0)
  return { rows, places: gather(sub(cumSum(isUsed, 0), 1), owners) }
}
