import { constant, type Value } from '../graph/value.ts'
import { add, cast, ceil, div, maximum, mul, sub } from '../ops/elementwise.ts'
import { gather, pick } from '../ops/gather.ts'
import { concat, reshape, sizeMul, sizeOf, sizes, unsqueeze } from '../ops/layout.ts'
import { loop } from '../ops/loop.ts'
import { argMax, reduceMax } from '../ops/reduce.ts'
import { resize } from '../ops/resize.ts'
import { int64 } from '../tensor/tensor.ts'

/**
 * Keypoints from the heatmaps `[D, K, M, M]` of boxes `[D, 4]`: `[D, K, 3]` of x, y in the pixels of the boxes, and the logit
 * there. The arithmetic of `keypointsFromHeatmaps` (torchvision's `heatmaps_to_keypoints`): bicubic to the box in whole pixels,
 * the centre of the largest, the first of equals in reading order.
 */
export function decodeKeypoints(heatmaps: Value<'float32'>, boxes: Value<'float32'>): Value<'float32'> {
  const count = heatmaps.shape[1] as number
  const first = constant(int64([0], []))
  const { kept } = loop(sizeOf(boxes, 0), [first, heatmaps, boxes] as const, ([at, maps, places]) => {
    const [x1, y1, x2, y2] = [0, 1, 2, 3].map((column) => pick(gather(places, unsqueeze(at, 0)), 1, column))
    const [across, down] = [pixelsAlong(x1, x2), pixelsAlong(y1, y2)]
    const [height, width] = [down.pixels, across.pixels]
    const enlarged = resize(gather(maps, unsqueeze(at, 0)), { height, width, mode: 'bicubic' })
    const flat = reshape(enlarged, [count, sizeMul(height, width)])
    const best = argMax(flat, 1)
    const row = div(best, sizes([width]))
    const column = sub(best, mul(row, sizes([width])))
    const columns = [across.place(column), down.place(row), reduceMax(flat, [1])]
    return {
      state: [add(at, 1), maps, places] as const,
      goesOn: constant({ dtype: 'bool', shape: [], data: Uint8Array.of(1) }),
      kept: [
        concat(
          columns.map((values) => unsqueeze(values, 1)),
          1,
        ),
      ],
    }
  })
  return kept[0] as Value<'float32'>
}

/** One side of a box in whole pixels, and where their centres lie; all `[1]`. */
function pixelsAlong(low: Value<'float32'>, high: Value<'float32'>) {
  const length = maximum(sub(high, low), 1)
  const whole = ceil(length)
  const step = div(length, whole)
  return {
    pixels: cast(whole, 'int64'),
    place: (pixel: Value<'int64'>) => add(mul(add(cast(pixel, 'float32'), 0.5), step), low),
  }
}
