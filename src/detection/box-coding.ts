import { constant, type Value } from '../graph/value.ts'
import { add, clamp, div, exp, log, minimum, mul, sub } from '../ops/elementwise.ts'
import { concat, slice } from '../ops/layout.ts'
import { float32 } from '../tensor/tensor.ts'

/**
 * How a detector counts boxes. Detectron's first generation and its successors kept the coordinates of the first and of the
 * last pixel, width being `x2 - x1 + 1`: exactly our boxes with the last corner moved by one pixel. So coding, areas and IoU
 * are the same, and what `legacyBoxes` changes is the rest of what came with it: anchors, clipping, which boxes fall, and
 * where regions end when they are pooled.
 */
export interface BoxConvention {
  readonly legacyBoxes?: boolean
}

/** Multipliers of tx, ty, tw, th: 1 1 1 1 for proposals, 10 10 5 5 for the box head. */
export type BoxWeights = readonly [x: number, y: number, width: number, height: number]

/** Cap of tw and th before `exp`: a box grows at most 1000 / 16 times; torchvision's number. */
const LOG_GROWTH_LIMIT = Math.log(1000 / 16)

/**
 * Offsets that lead from `anchors` to `targets`, both `[..., 4]` (broadcast) -> `[..., 4]` (Ren et al. 2015, eq. 2):
 * `tx = wx (gx - ax) / aw`, `tw = ww ln(gw / aw)`. Sides must be positive.
 */
export function encodeBoxes(
  targets: Value<'float32'>,
  anchors: Value<'float32'>,
  weights: BoxWeights,
): Value<'float32'> {
  const to = centred(targets)
  const from = centred(anchors)
  const [wx, wy, ww, wh] = weights
  return stacked([
    div(mul(sub(to.x, from.x), wx), from.width),
    div(mul(sub(to.y, from.y), wy), from.height),
    mul(log(div(to.width, from.width)), ww),
    mul(log(div(to.height, from.height)), wh),
  ])
}

/** Boxes that `deltas` lead to, `[..., 4]`: undoes `encodeBoxes` up to the cap on growth. */
export function decodeBoxes(
  deltas: Value<'float32'>,
  anchors: Value<'float32'>,
  weights: BoxWeights,
): Value<'float32'> {
  const from = centred(anchors)
  const [dx, dy, dw, dh] = columns(deltas).map((column, i) =>
    weights[i] === 1 ? column : div(column, weights[i]),
  )
  const x = add(mul(dx, from.width), from.x)
  const y = add(mul(dy, from.height), from.y)
  const halfWidth = mul(mul(exp(minimum(dw, LOG_GROWTH_LIMIT)), from.width), 0.5)
  const halfHeight = mul(mul(exp(minimum(dh, LOG_GROWTH_LIMIT)), from.height), 0.5)
  return stacked([sub(x, halfWidth), sub(y, halfHeight), add(x, halfWidth), add(y, halfHeight)])
}

/**
 * Boxes `[..., 4]` cut to an image of `size` (float32 `[2]`: height, width). With `legacyBoxes` the last pixel that a box may
 * begin in is the image's, and the first that it may end in likewise, so that of boxes outside a strip of one pixel is left.
 */
export function clipBoxes(
  boxes: Value<'float32'>,
  size: Value<'float32'>,
  { legacyBoxes = false }: BoxConvention = {},
): Value<'float32'> {
  const limit = concat([slice(size, 0, 1, 2), slice(size, 0, 0, 1)], 0)
  if (!legacyBoxes) return clamp(boxes, 0, concat([limit, limit], 0))
  return clamp(boxes, constant(float32([0, 0, 1, 1])), concat([sub(limit, 1), limit], 0))
}

/** Width and height of boxes `[..., 4]`, each `[..., 1]`. */
export function boxSides(boxes: Value<'float32'>): {
  readonly width: Value<'float32'>
  readonly height: Value<'float32'>
} {
  const [x1, y1, x2, y2] = columns(boxes)
  return { width: sub(x2, x1), height: sub(y2, y1) }
}

function centred(boxes: Value<'float32'>) {
  const [x1, y1] = columns(boxes)
  const { width, height } = boxSides(boxes)
  return { width, height, x: add(x1, mul(width, 0.5)), y: add(y1, mul(height, 0.5)) }
}

function columns(boxes: Value<'float32'>): Value<'float32'>[] {
  return [0, 1, 2, 3].map((column) => slice(boxes, -1, column, column + 1))
}

function stacked(parts: readonly Value<'float32'>[]): Value<'float32'> {
  return concat(parts, -1)
}
