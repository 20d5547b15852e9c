import type { Category } from '../data/dataset.ts'
import type { Box, Size } from '../geometry/boxes.ts'
import { type MaskPolygon, maskToPolygons } from '../geometry/contour.ts'
import { type PlacedMask, placeMask, spreadMask } from '../geometry/placed-mask.ts'
import { type CompressedRle, compressRle, decodeRle, type Rle, rleArea } from '../geometry/rle.ts'
import type { InstanceKeypoint } from './found-keypoints.ts'

/** A mask at the full size of its image, kept as runs. */
export interface InstanceMask {
  readonly size: { readonly height: number; readonly width: number }
  /** Pixels inside. */
  readonly area: number
  /** COCO's compressed run-length encoding, column-major. */
  toRle(): CompressedRle
  /** One byte a pixel, row-major, 0 or 1: `[height, width]`. */
  toBitmap(): Uint8Array
  /** Outlines with holes, corners of pixels. */
  toPolygons(): MaskPolygon[]
  /** The runs themselves. */
  toRuns(): Rle
  /** The mask cut to its box, for work whose cost is not to depend on the picture's size; undefined where it has no pixel. */
  toPlaced(): PlacedMask | undefined
  /** What `JSON.stringify` writes: `toRle()`. */
  toJSON(): CompressedRle
}

/** One detected object, in pixels of the image that was given. */
export interface Instance {
  readonly categoryId: number
  readonly category: string
  /** The same in all frames of a video; absent where nothing is tracked. */
  readonly trackId?: number
  readonly score: number
  /** `score` times the IoU that the mask is expected to have with its object; absent where the model does not predict it. */
  readonly maskScore?: number
  /** x1 y1 x2 y2. */
  readonly box: Box
  /** Absent where the model detects boxes only. */
  readonly mask?: InstanceMask
  /** In the order of the category's names; absent where the model finds none. */
  readonly keypoints?: readonly InstanceKeypoint[]
  /** Pairs of keypoints to draw a line between, counted from 1. */
  readonly skeleton?: Category['skeleton']
}

/** A mask kept cut to its box; its size is that of the picture. */
export function placedInstanceMask(placed: PlacedMask, size: Size): InstanceMask {
  const whole = () => spreadMask(placed, size)
  const mask: InstanceMask = {
    size,
    area: rleArea(placed.rle),
    toRle: () => compressRle(whole()),
    toBitmap: () => decodeRle(whole()),
    toPolygons: () => maskToPolygons(whole()),
    toRuns: whole,
    toPlaced: () => placed,
    toJSON: () => mask.toRle(),
  }
  return mask
}

export function instanceMask(rle: Rle): InstanceMask {
  const [height, width] = rle.size
  const area = rleArea(rle)
  return {
    size: { height, width },
    area,
    toRle: () => compressRle(rle),
    toBitmap: () => decodeRle(rle),
    toPolygons: () => maskToPolygons(rle),
    toRuns: () => rle,
    toPlaced: () => placeMask(rle),
    toJSON: () => compressRle(rle),
  }
}
