import type { Value } from '../graph/value.ts'
import { add, div, mul, sub } from '../ops/elementwise.ts'
import { concat, slice } from '../ops/layout.ts'

/**
 * How far the sides of `targets` are from the centres of `anchors`, in sides of the anchor: left, top, right, bottom;
 * negative where the centre lies beyond a side. Both `[..., 4]` (broadcast) -> `[..., 4]` (Tian et al. 2019, FCOS, eq. 1,
 * divided by the anchor's size as torchvision's `BoxLinearCoder`). The anchors' sides must be positive.
 */
export function encodeSideDistances(targets: Value<'float32'>, anchors: Value<'float32'>): Value<'float32'> {
  const { centre, size } = centresAndSizes(anchors)
  const [topLeft, bottomRight] = corners(targets)
  return concat([div(sub(centre, topLeft), size), div(sub(bottomRight, centre), size)], -1)
}

/** Boxes whose sides lie at `distances` from the centres of `anchors`, `[..., 4]`: undoes `encodeSideDistances`. */
export function decodeSideDistances(
  distances: Value<'float32'>,
  anchors: Value<'float32'>,
): Value<'float32'> {
  const { centre, size } = centresAndSizes(anchors)
  const [before, after] = corners(distances)
  return concat([sub(centre, mul(before, size)), add(centre, mul(after, size))], -1)
}

/** Centres and sizes of boxes `[..., 4]`, both `[..., 2]`. */
function centresAndSizes(boxes: Value<'float32'>) {
  const [topLeft, bottomRight] = corners(boxes)
  return { centre: mul(add(topLeft, bottomRight), 0.5), size: sub(bottomRight, topLeft) }
}

function corners(boxes: Value<'float32'>): [Value<'float32'>, Value<'float32'>] {
  return [slice(boxes, -1, 0, 2), slice(boxes, -1, 2, 4)]
}
