import { ConfigError } from '../../errors.ts'
import type { Random } from '../../tensor/random.ts'
import type { RgbImage } from '../picture.ts'

/** Artefacts of strong compression, by a real codec. */
export interface JpegConfig {
  /** Of an image to be compressed. */
  readonly probability: number
  /** Lowest quality, 1 to 95; drawn uniformly from it to 95. */
  readonly quality: number
}

export const JPEG_DEFAULTS = { quality: 30 }

const BEST = 95

/** What is left of an image after it was a JPEG file of that quality (1 to 100). */
export type Recompress = (image: RgbImage, quality: number) => Promise<RgbImage>

/** Throws `ConfigError` where there is no codec. */
export async function jpegByChance(
  image: RgbImage,
  { probability, quality }: JpegConfig,
  random: Random,
  recompress?: Recompress,
): Promise<RgbImage> {
  if (!recompress) throw new ConfigError('there is no JPEG codec here', { where: 'augment.jpeg' })
  if (random.uniform() >= probability) return image
  return recompress(image, quality + random.integer(BEST - quality + 1))
}
