import type { Value } from '../graph/value.ts'
import {
  add,
  and,
  cast,
  div,
  equal,
  floor,
  greater,
  greaterOrEqual,
  less,
  mul,
  sub,
  where,
} from '../ops/elementwise.ts'
import { slice, squeeze } from '../ops/layout.ts'

export interface KeypointTargets {
  /** Cell of each keypoint, int64 `[R, K]`: row * size + column, 0 where it does not count. */
  readonly cells: Value<'int64'>
  /** Whether the keypoint is labelled and lies in its box, bool `[R, K]`. */
  readonly isValid: Value<'bool'>
}

/**
 * Which cell of a heatmap of `size` x `size` over each box `[R, 4]` its keypoints `[R, K, 3]` (x, y, visibility, in the
 * pixels of the boxes) fall into: the one-hot targets of a keypoint head (He et al., Mask R-CNN, section 5), as
 * torchvision's `keypoints_to_heatmap`. A keypoint on the right or lower edge belongs to the last cell; unlabelled ones
 * (visibility 0) and those outside the box do not count.
 */
export function keypointTargets(
  keypoints: Value<'float32'>,
  boxes: Value<'float32'>,
  size: number,
): KeypointTargets {
  const [x, y] = [0, 1].map((axis) => {
    const [low, high] = [slice(boxes, 1, axis, axis + 1), slice(boxes, 1, axis + 2, axis + 3)]
    const place = column(keypoints, axis)
    const cell = floor(mul(sub(place, low), div(size, sub(high, low))))
    return where(equal(place, high), size - 1, cell)
  })
  const inside = (cell: Value<'float32'>) => and(greaterOrEqual(cell, 0), less(cell, size))
  const isValid = and(and(inside(x), inside(y)), greater(column(keypoints, 2), 0))
  return { cells: cast(where(isValid, add(mul(y, size), x), 0), 'int64'), isValid }
}

/** x, y or visibility of keypoints `[R, K, 3]`, `[R, K]`. */
function column(keypoints: Value<'float32'>, index: number): Value<'float32'> {
  return squeeze(slice(keypoints, 2, index, index + 1), 2)
}
