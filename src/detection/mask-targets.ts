import type { Value } from '../graph/value.ts'
import { cast, sub } from '../ops/elementwise.ts'
import { gather, nonZero, scatterElements } from '../ops/gather.ts'
import { scalar } from '../ops/infer.ts'
import { expand, reshape, type Size, sizeMul, sizeOf, squeeze } from '../ops/layout.ts'
import { cumSum } from '../ops/reduce.ts'
import { roiAlign } from '../ops/roi-align.ts'

/**
 * What the mask head should predict in each box: RoIAlign (not aligned, adaptive sampling) of its ground truth's
 * mask, so values between 0 and 1 on contours, as torchvision's `project_masks_on_boxes`. `masks` `[N, G, H, W]` of 0
 * and 1, `boxes` `[R, 4]`; `owners` int64 `[R]` counts the N * G masks row by row. Result `[R, size, size]`.
 */
export function maskTargets(
  masks: Value<'uint8'>,
  boxes: Value<'float32'>,
  owners: Value<'int64'>,
  size: number,
): Value<'float32'> {
  const [height, width] = [sizeOf(masks, 2), sizeOf(masks, 3)]
  const count = sizeMul(sizeOf(masks, 0), sizeOf(masks, 1))
  const { rows, places } = used(owners, count)
  const each = gather(reshape(masks, [count, 1, height, width]), rows)
  // One channel and a few hundred boxes: the runtime's operator beats products over whole images.
  const targets = roiAlign(
    { features: [cast(each, 'float32')], rois: boxes, batchIndices: places },
    { outputSize: [size, size], spatialScales: [1], samplingRatio: 0, aligned: false, lowering: 'native' },
  )
  return squeeze(targets, 1)
}

/**
 * The rows that are asked for, each once, and where each of `owners` finds its own among them: whole masks become floats,
 * so padding and objects that no box stands for are left behind.
 */
function used(owners: Value<'int64'>, count: Size) {
  const one = expand(scalar('int64', 1), [sizeOf(owners, 0)])
  const isUsed = scatterElements(expand(scalar('int64', 0), [count]), owners, one, { axis: 0 })
  const rows = squeeze(nonZero(isUsed), 0)
  return { rows, places: gather(sub(cumSum(isUsed, 0), 1), owners) }
}
