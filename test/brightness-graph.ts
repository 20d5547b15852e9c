import { graph } from '../src/graph/graph.ts'
import { toOnnx } from '../src/graph/to-onnx.ts'
import { constant, input } from '../src/graph/value.ts'
import { encodeModel } from '../src/onnx/encode.ts'
import { cast, div } from '../src/ops/elementwise.ts'
import { concat, reshape, shapeOf, slice } from '../src/ops/layout.ts'
import { reduceSum } from '../src/ops/reduce.ts'
import { float32, int64 } from '../src/tensor/tensor.ts'

/** Side of the masks. */
const SIDE = 2

/**
 * A detector small enough to work out by hand, whose answers depend on every pixel and whose sums are exact:
 * detection k of three scores the sum of colour channel k / 65536, has label k + 1, and the box
 * (0, 0, W, H), (0, 0, 2, 2), (1, 1, 3, 3). Masks are 1 everywhere, 0.9 in the upper row only, and 0.
 */
export function brightnessModel({ masks = true }: { masks?: boolean } = {}): Uint8Array {
  const image = input('image', 'uint8', ['H', 'W', 3])
  const size = cast(shapeOf(image), 'float32')
  const whole = concat([constant(float32([0, 0])), slice(size, 0, 1, 2), slice(size, 0, 0, 1)], 0)
  const outputs = {
    scores: div(
      reduceSum(cast(image, 'float32'), [0, 1], { keepDims: false }),
      constant(float32([65536], [])),
    ),
    labels: constant(int64([1, 2, 3])),
    boxes: concat([reshape(whole, [1, 4]), constant(float32([0, 0, 2, 2, 1, 1, 3, 3], [2, 4]))], 0),
  }
  const shapes = constant(float32([1, 1, 1, 1, 0.9, 0.9, 0, 0, 0, 0, 0, 0], [3, SIDE, SIDE]))
  return encodeModel(toOnnx(graph(masks ? { ...outputs, masks: shapes } : outputs, [image])))
}
