import type { Box } from '../geometry/boxes.ts'
import { type MaskPolygon, maskToPolygons } from '../geometry/contour.ts'
import { type CompressedRle, compressRle, decodeRle, type Rle, rleArea } from '../geometry/rle.ts'

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
  /** What `JSON.stringify` writes: `toRle()`. */
  toJSON(): CompressedRle
}

/** One detected object, in pixels of the image that was given. */
export interface Instance {
  readonly categoryId: number
  readonly category: string
  readonly score: number
  /** x1 y1 x2 y2. */
  readonly box: Box
  /** Absent where the model detects boxes only. */
  readonly mask?: InstanceMask
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
    toJSON: () => compressRle(rle),
  }
}
