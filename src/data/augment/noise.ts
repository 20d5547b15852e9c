import type { Random } from '../../tensor/random.ts'
import type { RgbImage } from '../picture.ts'

/**
 * Noise of a sensor, whose variance grows in a line with the brightness (Foi et al. 2008, doi:10.1109/TIP.2008.2001399): `gaussian` of
 * the electronics, `poisson` of the light. In levels of 0..255.
 */
export interface NoiseConfig {
  /** Of an image to have any. */
  readonly probability: number
  /** Largest standard deviation in the dark; drawn uniformly up to it. */
  readonly gaussian: number
  /** Largest variance for each level of brightness; drawn uniformly up to it. */
  readonly poisson: number
}

export const NOISE_DEFAULTS = { gaussian: 10, poisson: 0 }

/** The image with normal noise of the variance `deviation ** 2 + gain * level` on every byte, rounded and clamped. */
export function addNoise(
  { data, width, height }: RgbImage,
  { deviation, gain }: { readonly deviation: number; readonly gain: number },
  random: Random,
): RgbImage {
  const deviations = Float64Array.from({ length: 256 }, (_, level) =>
    Math.sqrt(deviation ** 2 + gain * level),
  )
  const noisy = new Uint8ClampedArray(data.length)
  for (let i = 0; i < data.length; i++) noisy[i] = data[i] + deviations[data[i]] * random.normal()
  return { data: new Uint8Array(noisy.buffer), width, height }
}

export function noiseByChance(
  image: RgbImage,
  { probability, gaussian, poisson }: NoiseConfig,
  random: Random,
): RgbImage {
  if (random.uniform() >= probability) return image
  return addNoise(image, { deviation: random.uniform() * gaussian, gain: random.uniform() * poisson }, random)
}
