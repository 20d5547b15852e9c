import type { Size } from './boxes.ts'

/** What a size is to fit: the shorter side becomes `minSize`, unless the longer would pass `maxSize` (pixels). */
export interface SizeLimits {
  readonly minSize: number
  readonly maxSize: number
  /** The scale is no smaller than this, unless for `maxSize`: 1 only enlarges. Default 0. */
  readonly leastScale?: number
}

/**
 * A size scaled to its limits, in torchvision's arithmetic (`_resize_image_and_masks`): quotients are float32 products with a
 * float32 reciprocal, sides are multiplied in float64 and floored. It decides whether 480 times 800 / 480 is 799 or 800 (it is
 * 800) and 200 times 256 / 200 is 255 or 256 (it is 255). No side falls below 1.
 */
export function fittedSize({ height, width }: Size, { minSize, maxSize, leastScale = 0 }: SizeLimits): Size {
  const quotient = (limit: number, side: number) => Math.fround(limit * Math.fround(1 / side))
  const shorter = quotient(minSize, Math.min(height, width))
  const longer = quotient(maxSize, Math.max(height, width))
  const scale = Math.min(Math.max(shorter, leastScale), longer)
  const fitted = (side: number) => Math.max(1, Math.floor(side * scale))
  return { height: fitted(height), width: fitted(width) }
}
