import type { Random } from '../../tensor/random.ts'
import type { RgbImage } from '../picture.ts'

/** Gaussian blur, as of a lens out of focus. */
export interface BlurConfig {
  /** Of an image to be blurred. */
  readonly probability: number
  /** Largest standard deviation, pixels; drawn uniformly up to it. */
  readonly sigma: number
}

export const BLUR_DEFAULTS = { sigma: 2 }

/** Weights of a Gaussian up to three standard deviations either way. */
function kernelOf(sigma: number): Float64Array {
  const radius = Math.max(1, Math.ceil(3 * sigma))
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** The image through a Gaussian of `sigma` pixels, along rows and then columns; edges are repeated, bytes rounded at the end. */
export function gaussianBlur({ data, width, height }: RgbImage, sigma: number): RgbImage {
  const kernel = kernelOf(sigma)
  const along = (from: ArrayLike<number>, to: Float32Array | Uint8ClampedArray, isDown: boolean) => {
    const [length, step] = isDown ? [height, 3 * width] : [width, 3]
    const radius = kernel.length >> 1
    for (let at = 0; at < data.length; at++) {
      const pixel = (at - (at % 3)) / 3
      const place = isDown ? (pixel - (pixel % width)) / width : pixel % width
      const first = at - place * step
      let sum = 0
      for (let k = -radius; k <= radius; k++) {
        const other = Math.min(Math.max(place + k, 0), length - 1)
        sum += kernel[k + radius] * from[first + other * step]
      }
      to[at] = sum
    }
  }
  const rows = new Float32Array(data.length)
  along(data, rows, false)
  const blurred = new Uint8ClampedArray(data.length)
  along(rows, blurred, true)
  return { data: new Uint8Array(blurred.buffer), width, height }
}

export function blurByChance(image: RgbImage, { probability, sigma }: BlurConfig, random: Random): RgbImage {
  if (random.uniform() >= probability) return image
  const drawn = random.uniform() * sigma
  // A narrower Gaussian leaves bytes as they are.
  return drawn < 0.1 ? image : gaussianBlur(image, drawn)
}
