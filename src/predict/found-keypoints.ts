import type { Annotation, Category } from '../data/dataset.ts'
import type { Box, Size } from '../geometry/boxes.ts'
import { keypointsFromHeatmaps } from '../geometry/keypoints-from-heatmaps.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** A named point of an object, as a model finds it. */
export interface InstanceKeypoint {
  readonly name: string
  /** In pixels of the image, on the continuous plane: the middle of the first pixel is 0.5. */
  readonly x: number
  readonly y: number
  /** How much its place stands out, a logit: larger is surer, comparable among the points of one name; -Infinity where it has none. */
  readonly score: number
}

/**
 * The keypoints of detection `index`, in an image of `size`; undefined where the model, or its category, has none. Where the graph
 * has not found them itself they are looked for in its heatmaps, in pixels of the network's input, and then scaled, as torchvision
 * does it.
 */
export function foundKeypoints(
  outputs: Readonly<Record<string, Tensor>>,
  index: number,
  { keypoints: names = [] }: Category,
  size: Size,
): InstanceKeypoint[] | undefined {
  const found = outputs as Readonly<Record<string, Tensor<'float32'>>>
  const { keypoints, heatmaps, networkBoxes, networkSize } = found
  if (names.length === 0) return undefined
  if (keypoints) {
    return names.map((name, k) => {
      const at = 3 * (index * names.length + k)
      const [x, y, score] = keypoints.data.subarray(at, at + 3)
      return { name, x, y, score }
    })
  }
  if (!heatmaps) return undefined
  const [, count, side] = heatmaps.shape
  const cells = count * side * side
  const data = heatmaps.data.subarray(index * cells, (index + 1) * cells)
  const box = [...networkBoxes.data.subarray(4 * index, 4 * index + 4)] as unknown as Box
  const [down, across] = [size.height / networkSize.data[0], size.width / networkSize.data[1]].map(
    Math.fround,
  )
  return keypointsFromHeatmaps({ data, side }, box).map(({ x, y, score }, k) => {
    return { name: names[k], x: Math.fround(x * across), y: Math.fround(y * down), score }
  })
}

/** Keypoints as a data set has them, for pictures; those that are not labelled have no place (score -Infinity). */
export function labelledKeypoints(
  { keypoints }: Annotation,
  { keypoints: names = [] }: Category,
): InstanceKeypoint[] | undefined {
  return (
    keypoints &&
    names.map((name, k) => {
      const [x = 0, y = 0, visibility = 0] = keypoints.slice(3 * k, 3 * k + 3)
      return { name, x, y, score: visibility > 0 ? 1 : Number.NEGATIVE_INFINITY }
    })
  )
}
