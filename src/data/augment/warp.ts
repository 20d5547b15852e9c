import type { Box, Size } from '../../geometry/boxes.ts'
import { moveKeypoints } from '../keypoints.ts'
import type { RgbImage } from '../picture.ts'
import { type Sample, type SampleInstance, trimInstance } from '../sample.ts'
import { determinant, inverse, type Matrix, transformed } from './affine.ts'
import { isLeft, type LeastVisible } from './covered.ts'
import type { WindowOptions } from './window.ts'

/**
 * The sample as `matrix` takes it to an image of `size`. The centre of each pixel is looked up in the source: the image is
 * interpolated bilinearly there (edges repeated, the fill outside), masks take the pixel that holds the point, as in `resizeWindow`:
 * a threshold on interpolated masks would join and round thin parts, this keeps a mask's pixels. Boxes become the tight boxes of
 * their masks; boxes without a mask become the tight box of their four corners.
 */
export function warpSample(sample: Sample, matrix: Matrix, size: Size, options: WindowOptions): Sample {
  const back = inverse(matrix)
  const instances = sample.instances.flatMap((instance): SampleInstance[] => {
    const seen = instance.mask
      ? warpMask(instance, instance.mask, matrix, back, size, options)
      : warpBox(instance, matrix, size, options)
    if (!seen) return []
    const { keypoints } = seen
    const move = (x: number, y: number) => transformed(matrix, x, y)
    return [keypoints ? { ...seen, keypoints: moveKeypoints(keypoints, size, move) } : seen]
  })
  return { ...sample, image: warpImage(sample.image, back, size, options.fill), instances }
}

/** Tight box of the corners of a box, before it is cut. */
function cornersBox([x1, y1, x2, y2]: Box, matrix: Matrix): Box {
  const corners = [transformed(matrix, x1, y1), transformed(matrix, x2, y1)]
  corners.push(transformed(matrix, x1, y2), transformed(matrix, x2, y2))
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

function warpMask(
  instance: SampleInstance,
  mask: Uint8Array,
  matrix: Matrix,
  back: Matrix,
  { width, height }: Size,
  least: LeastVisible,
): SampleInstance | undefined {
  const [x1, y1, x2, y2] = instance.box
  const reach = cornersBox(instance.box, matrix)
  const left = Math.max(0, Math.floor(reach[0]))
  const top = Math.max(0, Math.floor(reach[1]))
  const right = Math.min(width, Math.ceil(reach[2]))
  const bottom = Math.min(height, Math.ceil(reach[3]))
  if (left >= right || top >= bottom) return undefined
  const [a, b, c, d, e, f] = back
  const seen = new Uint8Array((right - left) * (bottom - top))
  let kept = 0
  for (let y = top, to = 0; y < bottom; y++) {
    for (let x = left; x < right; x++, to++) {
      const column = Math.floor(a * (x + 0.5) + b * (y + 0.5) + c)
      const row = Math.floor(d * (x + 0.5) + e * (y + 0.5) + f)
      if (column < x1 || row < y1 || column >= x2 || row >= y2) continue
      seen[to] = mask[(row - y1) * (x2 - x1) + column - x1]
      kept += seen[to]
    }
  }
  const isCut = reach[0] < 0 || reach[1] < 0 || reach[2] > width || reach[3] > height
  const whole = isCut ? areaOf(mask) * Math.abs(determinant(matrix)) : kept
  if (!isLeft(kept, whole, least)) return undefined
  return trimInstance({ ...instance, box: [left, top, right, bottom], mask: seen })
}

function areaOf(mask: Uint8Array): number {
  return mask.reduce((sum, value) => sum + value, 0)
}

function warpBox(
  instance: SampleInstance,
  matrix: Matrix,
  { width, height }: Size,
  least: LeastVisible,
): SampleInstance | undefined {
  const [x1, y1, x2, y2] = cornersBox(instance.box, matrix)
  const box: Box = [Math.max(x1, 0), Math.max(y1, 0), Math.min(x2, width), Math.min(y2, height)]
  if (box[2] <= box[0] || box[3] <= box[1]) return undefined
  const kept = (box[2] - box[0]) * (box[3] - box[1])
  return isLeft(kept, (x2 - x1) * (y2 - y1), least) ? { ...instance, box } : undefined
}

function warpImage(
  { data, width, height }: RgbImage,
  [a, b, c, d, e, f]: Matrix,
  size: Size,
  fill: WindowOptions['fill'],
): RgbImage {
  const out = new Uint8Array(size.width * size.height * 3)
  let to = 0
  for (let row = 0; row < size.height; row++) {
    for (let column = 0; column < size.width; column++) {
      const x = a * (column + 0.5) + b * (row + 0.5) + c
      const y = d * (column + 0.5) + e * (row + 0.5) + f
      if (!(x >= 0 && y >= 0 && x < width && y < height)) {
        for (let k = 0; k < 3; k++) out[to++] = fill[k]
        continue
      }
      const fx = Math.min(Math.max(x - 0.5, 0), width - 1)
      const fy = Math.min(Math.max(y - 0.5, 0), height - 1)
      const [ix, iy] = [Math.floor(fx), Math.floor(fy)]
      const [s, t] = [fx - ix, fy - iy]
      const upper = (iy * width + ix) * 3
      const right = ix + 1 < width ? 3 : 0
      const lower = upper + (iy + 1 < height ? width * 3 : 0)
      for (let k = 0; k < 3; k++) {
        const above = data[upper + k] + (data[upper + right + k] - data[upper + k]) * s
        const below = data[lower + k] + (data[lower + right + k] - data[lower + k]) * s
        out[to++] = above + (below - above) * t + 0.5
      }
    }
  }
  return { data: out, width: size.width, height: size.height }
}
