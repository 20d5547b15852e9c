import type { Size } from '../../geometry/boxes.ts'
import { fittedSize, type ResizeRule, ruledSize } from '../../geometry/fitted-size.ts'
import type { Random } from '../../tensor/random.ts'

/** How the size of the image is drawn. Where `from` and `to` are given, uniformly between them, both included. */
export type ScaleConfig =
  /** The shortest side becomes `minSize`, or one of them, or less where the longer would pass `maxSize` (pixels), as detectors resize. */
  | {
      readonly kind: 'shortest-side'
      readonly minSize: number | readonly number[]
      readonly maxSize: number
    }
  | {
      readonly kind: 'shortest-side-range'
      readonly from: number
      readonly to: number
      readonly maxSize: number
    }
  /** A factor of the size at which a detector sees the image that enlarges to `minSize` (resize rule `enlarge`). */
  | { readonly kind: 'enlarge'; readonly minSize: number; readonly from: number; readonly to: number }
  /** Both sides times a factor. */
  | { readonly kind: 'factor'; readonly from: number; readonly to: number }
  /** A factor of the size at which the image just fits into the crop. */
  | { readonly kind: 'fit-crop'; readonly from: number; readonly to: number }
  /** A factor of the size at which the model sees the image (large-scale jitter from 0.1 to 2, arXiv:2012.07177). */
  | { readonly kind: 'jitter'; readonly from: number; readonly to: number; readonly resize: ResizeRule }

/** The size to resize `size` to. `crop` is the size of the crop that follows, or the image's own without one. */
export function drawScale(config: ScaleConfig, size: Size, crop: Size, random: Random): Size {
  if (config.kind === 'shortest-side') {
    const sides = typeof config.minSize === 'number' ? [config.minSize] : config.minSize
    const minSize = sides[random.integer(sides.length)]
    return fittedSize(size, { minSize, maxSize: config.maxSize, precision: 'float64' })
  }
  if (config.kind === 'shortest-side-range') {
    const minSize = config.from + random.integer(config.to - config.from + 1)
    return fittedSize(size, { minSize, maxSize: config.maxSize, precision: 'float64' })
  }
  const factor = config.from + random.uniform() * (config.to - config.from)
  if (config.kind === 'factor') return scaleSize(size, factor)
  if (config.kind === 'jitter') return scaleSize(ruledSize(size, config.resize, 'float64'), factor)
  if (config.kind === 'enlarge') {
    return scaleSize(size, factor * Math.max(1, config.minSize / Math.min(size.height, size.width)))
  }
  return scaleSize(size, factor * Math.min(crop.height / size.height, crop.width / size.width))
}

/** Whole pixels nearest to `size` times `factor`, at least one. */
function scaleSize({ height, width }: Size, factor: number): Size {
  return { height: Math.max(1, Math.round(height * factor)), width: Math.max(1, Math.round(width * factor)) }
}
