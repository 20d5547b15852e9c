import type { Value } from '../graph/value.ts'
import { cast } from '../ops/elementwise.ts'
import { reshape, sizeMul, sizeOf, squeeze } from '../ops/layout.ts'
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
  const each = reshape(masks, [sizeMul(sizeOf(masks, 0), sizeOf(masks, 1)), 1, height, width])
  // One channel and a few hundred boxes: the runtime's operator beats products over whole images.
  const targets = roiAlign(
    { features: [cast(each, 'float32')], rois: boxes, batchIndices: owners },
    { outputSize: [size, size], spatialScales: [1], samplingRatio: 0, aligned: false, lowering: 'native' },
  )
  return squeeze(targets, 1)
}
