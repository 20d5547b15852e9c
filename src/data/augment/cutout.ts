import type { Random } from '../../tensor/random.ts'
import type { Sample } from '../sample.ts'
import { coverInstances, type LeastVisible } from './covered.ts'
import { MEAN_COLOR } from './window.ts'

/** Squares of the mean colour laid over the image (DeVries and Taylor 2017, arXiv:1708.04552). */
export interface CutoutConfig {
  /** Of an image to have any. */
  readonly probability: number
  readonly count: number
  /** Largest side of a square, as a part of the image's shorter side; drawn uniformly up to it. */
  readonly size: number
}

export const CUTOUT_DEFAULTS = { count: 1, size: 0.3 }

/**
 * The sample with its squares, whose centres may lie anywhere in the image. Objects below are treated as those below pasted ones: a mask
 * is what can be seen.
 */
export function cutoutByChance(
  sample: Sample,
  { probability, count, size }: CutoutConfig,
  least: LeastVisible,
  random: Random,
): Sample {
  if (random.uniform() >= probability) return sample
  const { width, height } = sample.image
  const data = sample.image.data.slice()
  const cover = new Uint8Array(width * height)
  for (let i = 0; i < count; i++) {
    const side = Math.max(1, Math.round(random.uniform() * size * Math.min(width, height)))
    const left = random.integer(width) - (side >> 1)
    const top = random.integer(height) - (side >> 1)
    for (let y = Math.max(top, 0); y < Math.min(top + side, height); y++) {
      for (let x = Math.max(left, 0); x < Math.min(left + side, width); x++) {
        cover[y * width + x] = 1
        data.set(MEAN_COLOR, (y * width + x) * 3)
      }
    }
  }
  const instances = coverInstances(sample.instances, cover, sample.image, least)
  return { ...sample, image: { data, width, height }, instances }
}
