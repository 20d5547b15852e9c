import type { Size } from './boxes.ts'

/** The numbers that a scale is computed in. */
export type ScalePrecision = 'float64' | 'float32'

/** What size the network sees an image at. */
export type ResizeRule =
  /** The shorter side becomes `minSize`, unless the longer would pass `maxSize`. */
  | { readonly kind: 'shortest-side'; readonly minSize: number; readonly maxSize: number }
  /** Like `shortest-side` for images whose shorter side is below `minSize`; larger ones keep their size up to `maxSize`. */
  | { readonly kind: 'enlarge'; readonly minSize: number; readonly maxSize: number }
  | { readonly kind: 'fixed'; readonly height: number; readonly width: number }
  | { readonly kind: 'keep' }

/** Size of an image after the rule. */
export function ruledSize({ height, width }: Size, rule: ResizeRule, precision: ScalePrecision): Size {
  if (rule.kind === 'keep') return { height, width }
  if (rule.kind === 'fixed') return { height: rule.height, width: rule.width }
  const { minSize, maxSize } = rule
  return fittedSize({ height, width }, { minSize, maxSize, leastScale: leastScaleOf(rule), precision })
}

/** What a rule scales an image by at least, unless its longer side would pass `maxSize`. */
export function leastScaleOf({ kind }: ResizeRule): number {
  return kind === 'enlarge' ? 1 : 0
}

/** What a size is to fit: the shorter side becomes `minSize`, unless the longer would pass `maxSize` (pixels). */
export interface SizeLimits {
  readonly minSize: number
  readonly maxSize: number
  /** The scale is no smaller than this, unless for `maxSize`: 1 only enlarges. Default 0. */
  readonly leastScale?: number
  readonly precision: ScalePrecision
}

/**
 * A size scaled to its limits, in torchvision's arithmetic (`_resize_image_and_masks`): sides are multiplied in float64 and floored,
 * so the last bit of the scale decides whether a side of 425 becomes 799 or 800. Since release 0.16 (float64) the scale is a
 * quotient in float64 (800); before (float32) it was a float32 product with a float32 reciprocal (799). No side falls below 1.
 */
export function fittedSize({ height, width }: Size, limits: SizeLimits): Size {
  const { minSize, maxSize, leastScale = 0, precision } = limits
  const quotient = (limit: number, side: number) =>
    precision === 'float64' ? limit / side : Math.fround(limit * Math.fround(1 / side))
  const shorter = quotient(minSize, Math.min(height, width))
  const longer = quotient(maxSize, Math.max(height, width))
  const scale = Math.min(Math.max(shorter, leastScale), longer)
  const fitted = (side: number) => Math.max(1, Math.floor(side * scale))
  return { height: fitted(height), width: fitted(width) }
}
