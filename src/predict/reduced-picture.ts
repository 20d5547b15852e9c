import type { ImageReader } from '../data/image-reading.ts'
import type { Box } from '../geometry/boxes.ts'
import { extentOf, placeMask } from '../geometry/placed-mask.ts'
import { cropRle } from '../geometry/rle-crop.ts'
import { resizeRle } from '../geometry/rle-resize.ts'
import { type Instance, placedInstanceMask } from './instance.ts'
import type { Picture } from './render.ts'
import { shrinkPicture } from './shrink.ts'

/** The longer side of a picture that is drawn on. */
const LONGEST = 4096

/** A picture small enough to be drawn on, and what lies in it. */
export interface ReducedPicture {
  readonly picture: Picture
  readonly instances: readonly Instance[]
  /** Pixels of the original, along a side, that became one. */
  readonly factor: number
}

/**
 * The picture, read in strips, with a whole-number of pixels averaged along each side so that the longer is at most 4096; as it
 * is where that holds already. Rows and columns that do not fill a pixel at the bottom and right are left out.
 */
export async function reducedPicture(
  picture: ImageReader,
  instances: readonly Instance[],
): Promise<ReducedPicture> {
  const factor = Math.ceil(Math.max(picture.width, picture.height) / LONGEST)
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.floor(side / factor)),
  )
  const data = new Uint8Array(3 * width * height)
  const rows = Math.max(1, Math.floor(256 / factor))
  for (let y = 0; y < height; y += rows) {
    const high = Math.min(rows, height - y)
    const region = {
      left: 0,
      top: y * factor,
      width: Math.min(width * factor, picture.width),
      height: Math.min(high * factor, picture.height - y * factor),
    }
    const strip = await picture.read(region)
    data.set(factor === 1 ? strip.data : shrinkPicture(strip, { width, height: high }).data, 3 * y * width)
  }
  const drawn = { data, width, height }
  const reduced = factor === 1 ? instances : instances.map((instance) => reduce(instance, factor, drawn))
  return { picture: drawn, instances: reduced, factor }
}

function reduce(instance: Instance, factor: number, size: Picture): Instance {
  const box = instance.box.map((side) => side / factor) as unknown as Box
  const keypoints = instance.keypoints?.map((point) => ({
    ...point,
    x: point.x / factor,
    y: point.y / factor,
  }))
  const placed = instance.mask?.toPlaced()
  if (!placed) return { ...instance, box, keypoints }
  const [x1, y1, x2, y2] = extentOf(placed)
  // Grown to whole pixels of the smaller picture, so that one shows what lies at its centre.
  const [left, top] = [Math.floor(x1 / factor), Math.floor(y1 / factor)]
  const [width, height] = [Math.ceil(x2 / factor) - left, Math.ceil(y2 / factor) - top]
  const [fromX, fromY] = [left * factor - x1, top * factor - y1]
  const grown = cropRle(placed.rle, [fromX, fromY, fromX + width * factor, fromY + height * factor])
  const small = placeMask(
    cropRle(resizeRle(grown, { width, height }), [
      0,
      0,
      Math.min(width, size.width - left),
      Math.min(height, size.height - top),
    ]),
    left,
    top,
  )
  return {
    ...instance,
    box,
    keypoints,
    mask: small && placedInstanceMask(small, { width: size.width, height: size.height }),
  }
}
