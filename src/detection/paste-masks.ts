import type { MaskPasting } from '../geometry/paste-reach.ts'
import { constant, type Value } from '../graph/value.ts'
import {
  abs,
  add,
  and,
  cast,
  div,
  greater,
  greaterOrEqual,
  less,
  maximum,
  mul,
  sub,
  where,
} from '../ops/elementwise.ts'
import { pick } from '../ops/gather.ts'
import { pad, range, type Size, transpose, unsqueeze } from '../ops/layout.ts'
import { matMul } from '../ops/linear.ts'
import { float32 } from '../tensor/tensor.ts'

/** From which probability on a pixel belongs to the object. */
const THRESHOLD = 0.5

/**
 * Masks at the size of their image: probabilities `[D, M, M]` and boxes `[D, 4]` in its pixels -> bool `[D, height, width]`, with
 * the arithmetic of `pasteMask`. Takes 4 bytes a pixel and mask while it computes.
 */
export function pasteMasks(
  masks: Value<'float32'>,
  boxes: Value<'float32'>,
  { height, width, pasting = 'whole-pixels' }: PasteOptions,
): Value<'bool'> {
  const cells = (masks.shape[2] as number) + 2
  const padded = pad(masks, [0, 1, 1], [0, 1, 1], constant(float32([0], [])))
  const place = pasting === 'exact' ? exactPlace : wholePlace
  const along = (low: number, high: number, size: Size) =>
    place({ low: pick(boxes, 1, low), high: pick(boxes, 1, high) }, cells, pixelCentres(size))
  const lines = matMul(padded, transpose(cellWeights(along(0, 2, width), cells), [0, 2, 1]))
  return greaterOrEqual(matMul(cellWeights(along(1, 3, height), cells), lines), THRESHOLD)
}

export interface PasteOptions {
  readonly height: Size
  readonly width: Size
  readonly pasting?: MaskPasting
}

/** Ends of a side of each box, `[D]`. */
interface Side {
  readonly low: Value<'float32'>
  readonly high: Value<'float32'>
}

/** Where pixels lie among the cells of a mask with its border of zeros, `[D, size]`, and whether the mask reaches them,
 * `[D, size]` or `[D, 1]`. */
interface Place {
  readonly cell: Value<'float32'>
  readonly isReached: Value<'bool'>
}

/** `[1, size]`. */
function pixelCentres(size: Size): Value<'float32'> {
  return unsqueeze(add(cast(range(size), 'float32'), 0.5), 0)
}

function wholePlace({ low, high }: Side, cells: number, centres: Value<'float32'>): Place {
  const half = mul(mul(sub(high, low), 0.5), cells / (cells - 2))
  const middle = mul(add(high, low), 0.5)
  const first = truncated(sub(middle, half))
  const length = unsqueeze(maximum(add(sub(truncated(add(middle, half)), first), 1), 1), 1)
  const within = sub(centres, unsqueeze(first, 1))
  return {
    cell: sub(mul(div(cells, length), within), 0.5),
    isReached: and(greater(within, 0), less(within, length)),
  }
}

function exactPlace({ low, high }: Side, cells: number, centres: Value<'float32'>): Place {
  const [start, length] = [unsqueeze(low, 1), unsqueeze(sub(high, low), 1)]
  const within = sub(mul(div(sub(centres, start), length), 2), 1)
  const cell = add(div(sub(mul(add(within, 1), cells - 2), 1), 2), 1)
  return { cell, isReached: greater(length, 0) }
}

/** What each pixel takes of each cell: `[D, size, cells]`. */
function cellWeights({ cell, isReached }: Place, cells: number): Value<'float32'> {
  const numbers = constant(float32(Array.from({ length: cells }, (_, i) => i)))
  const distance = abs(sub(unsqueeze(maximum(cell, 0), 2), numbers))
  return where(unsqueeze(isReached, 2), maximum(sub(1, distance), 0), 0)
}

/** Toward zero. */
function truncated(x: Value<'float32'>): Value<'float32'> {
  return cast(cast(x, 'int64'), 'float32')
}
