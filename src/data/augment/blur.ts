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
  const radius = kernel.length >> 1
  const row = 3 * width
  const inside = (place: number, length: number) => Math.min(Math.max(place, 0), length - 1)
  const across = new Float32Array(data.length)
  const extended = new Uint8Array(row + 6 * radius)
  for (let start = 0; start < data.length; start += row) {
    for (let x = -radius; x < width + radius; x++) {
      const from = start + 3 * inside(x, width)
      for (let c = 0; c < 3; c++) extended[3 * (x + radius) + c] = data[from + c]
    }
    for (let i = 0; i < row; i++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) sum += kernel[k] * extended[i + 3 * k]
      across[start + i] = sum
    }
  }
  const blurred = new Uint8ClampedArray(data.length)
  const sums = new Float64Array(row)
  for (let y = 0; y < height; y++) {
    sums.fill(0)
    for (let k = 0; k < kernel.length; k++) {
      const from = inside(y + k - radius, height) * row
      for (let i = 0; i < row; i++) sums[i] += kernel[k] * across[from + i]
    }
    blurred.set(sums, y * row)
  }
  return { data: new Uint8Array(blurred.buffer), width, height }
}

export function blurByChance(image: RgbImage, { probability, sigma }: BlurConfig, random: Random): RgbImage {
  if (random.uniform() >= probability) return image
  const drawn = random.uniform() * sigma
  // A narrower Gaussian leaves bytes as they are.
  return drawn < 0.1 ? image : gaussianBlur(image, drawn)
}
