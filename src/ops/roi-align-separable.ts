import { ShapeError } from '../errors.ts'
import { constant, type Value } from '../graph/value.ts'
import { float32 } from '../tensor/tensor.ts'
import { concat, reshape, type Size, sizeMul, sizeOf, slice, transpose } from './layout.ts'
import { matMul } from './linear.ts'
import { type Axis, type RoiAlignProblem, roiSpan } from './roi-align-geometry.ts'
import { axisWeights } from './roi-align-weights.ts'
import { imageGroups, joinGroups, type RoiGroup } from './roi-groups.ts'

/** Bounds the memory: K * bins * map width * this many floats are alive at once. */
const CHANNELS_AT_ONCE = 32

/** RoIAlign as two matrix products per map and image, for any number of samples: `[R, C, h, w]`. */
export function separableRoiAlign(problem: RoiAlignProblem): Value<'float32'> {
  const { features, outputSize } = problem
  const [height, width] = outputSize
  const groups = imageGroups(problem, imageCount(features[0]))
  const pooled = groups.map((group) => {
    const map = features[group.level]
    const { y, x, count } = groupWeights(problem, group)
    const [mapHeight, mapWidth] = [sizeOf(map, 2), sizeOf(map, 3)]
    const rows = reshape(y, [sizeMul(count, height), mapHeight])
    const columns = reshape(x, [count, 1, width, mapWidth])
    const image = slice(map, 0, group.image, group.image + 1)
    const parts = channelRanges(map).map(([from, to]) => {
      const part = slice(image, 1, from, to)
      const channels = sizeOf(part, 1)
      const pixels = reshape(transpose(part, [2, 3, 0, 1]), [mapHeight, sizeMul(mapWidth, channels)])
      return matMul(columns, reshape(matMul(rows, pixels), [count, height, mapWidth, channels]))
    })
    return transpose(concat(parts, 3), [0, 3, 1, 2])
  })
  return joinGroups(groups, pooled, problem.rois)
}

/** Weights of a group's bins, y `[K, h, H]` and x `[K, w, W]`, and the number of RoIs K. */
export function groupWeights(
  { features, outputSize, spatialScales, samplingRatio, aligned }: RoiAlignProblem,
  group: RoiGroup,
) {
  const map = features[group.level]
  const scale = constant(float32([spatialScales[group.level]]))
  const weights = (axis: Axis) => {
    const bins = outputSize[axis === 'y' ? 0 : 1]
    const span = roiSpan(group.rois, axis, bins, { scale, aligned })
    return axisWeights(span, bins, sizeOf(map, axis === 'y' ? 2 : 3), samplingRatio)
  }
  return { y: weights('y'), x: weights('x'), count: sizeOf(group.rois, 0) }
}

/** Number of images of a batch; throws `ShapeError` where it is not known while building. */
export function imageCount(map: Value): number {
  const images = map.shape[0]
  if (typeof images === 'number') return images
  throw new ShapeError('adaptive RoIAlign and its gradient go image by image', {
    expected: 'a known number of images',
    got: `${images}`,
    hint: 'Give the maps a fixed batch size, or sample with a fixed ratio and without gradients.',
  })
}

function channelRanges(map: Value): (readonly [from: Size, to: Size])[] {
  const channels = map.shape[1]
  if (typeof channels !== 'number') return [[0, sizeOf(map, 1)]]
  return Array.from({ length: Math.ceil(channels / CHANNELS_AT_ONCE) }, (_, i) => {
    return [i * CHANNELS_AT_ONCE, Math.min((i + 1) * CHANNELS_AT_ONCE, channels)] as const
  })
}
