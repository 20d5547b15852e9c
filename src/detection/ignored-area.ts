import type { Value } from '../graph/value.ts'
import { add, cast, clamp, div, maximum, mul, sub } from '../ops/elementwise.ts'
import { gather } from '../ops/gather.ts'
import { reshape, sizeOf, sizes, slice, squeeze } from '../ops/layout.ts'

/**
 * The share of each box `[A, 4]`, as far as it lies in the image, that is ignored: `[A]`. `area` `[H + 1, W + 1]` holds how many ignored
 * pixels lie above and left of each corner of a pixel (a summed-area table, Crow 1984), so that memory depends neither on the
 * number of ignored regions nor on their shapes. Boxes count by whole pixels.
 */
export function ignoredShare(area: Value<'float32'>, boxes: Value<'float32'>): Value<'float32'> {
  const last = [1, 0].map((axis) => cast(sub(sizes([sizeOf(area, axis)]), 1), 'float32'))
  const [x1, y1, x2, y2] = [0, 1, 2, 3].map((side) => {
    const inside = clamp(squeeze(slice(boxes, 1, side, side + 1), 1), 0, last[side % 2])
    return cast(add(inside, 0.5), 'int64')
  })
  const flat = reshape(area, [-1])
  const upTo = (x: Value<'int64'>, y: Value<'int64'>) =>
    gather(flat, add(mul(y, sizes([sizeOf(area, 1)])), x))
  const ignored = add(sub(sub(upTo(x2, y2), upTo(x1, y2)), upTo(x2, y1)), upTo(x1, y1))
  const pixels = cast(mul(sub(x2, x1), sub(y2, y1)), 'float32')
  return div(ignored, maximum(pixels, 1))
}
