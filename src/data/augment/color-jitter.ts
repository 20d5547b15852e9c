import type { Random } from '../../tensor/random.ts'
import type { RgbImage } from '../picture.ts'

/** How far colours are moved. Strengths s draw a factor uniformly from [max(0, 1 - s), 1 + s]. */
export interface ColorConfig {
  readonly brightness: number
  readonly contrast: number
  readonly saturation: number
  /** Probability of dropping all colour. */
  readonly grayscale: number
  /** Probability of turning the image into its negative. */
  readonly invert: number
}

/** Colours as they are. */
export const NO_COLOR_CHANGES: ColorConfig = {
  brightness: 0,
  contrast: 0,
  saturation: 0,
  grayscale: 0,
  invert: 0,
}

/** One drawn change of colours; `{ invert: false, brightness: 1, contrast: 1, saturation: 1 }` changes nothing. */
export interface ColorChange {
  readonly invert: boolean
  readonly brightness: number
  readonly contrast: number
  readonly saturation: number
}

/** Weights of R, G and B in luma (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const

export function drawColorChange(config: ColorConfig, random: Random): ColorChange {
  const factor = (strength: number) => {
    const low = Math.max(0, 1 - strength)
    return low + random.uniform() * (1 + strength - low)
  }
  const invert = random.uniform() < config.invert
  const brightness = factor(config.brightness)
  const contrast = factor(config.contrast)
  const saturation = factor(config.saturation)
  return { invert, brightness, contrast, saturation: random.uniform() < config.grayscale ? 0 : saturation }
}

/**
 * Negative, brightness, contrast and saturation, in this order: brightness multiplies, contrast moves away from the
 * image's mean luma, saturation away from each pixel's luma. Each step is clamped to 0..255; rounding
 * happens once, at the end.
 */
export function changeColors(image: RgbImage, change: ColorChange): RgbImage {
  const { data, width, height } = image
  const { invert, brightness, contrast, saturation } = change
  if (!invert && brightness === 1 && contrast === 1 && saturation === 1) return image
  const curve = Float64Array.from({ length: 256 }, (_, v) => clamp((invert ? 255 - v : v) * brightness))
  if (contrast !== 1) {
    const mean = meanLuma(image, curve)
    for (let v = 0; v < 256; v++) curve[v] = clamp(mean + (curve[v] - mean) * contrast)
  }
  const changed = new Uint8ClampedArray(data.length)
  for (let i = 0; i < data.length; i += 3) {
    const red = curve[data[i]]
    const green = curve[data[i + 1]]
    const blue = curve[data[i + 2]]
    const luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    changed[i] = luma + (red - luma) * saturation
    changed[i + 1] = luma + (green - luma) * saturation
    changed[i + 2] = luma + (blue - luma) * saturation
  }
  return { data: new Uint8Array(changed.buffer), width, height }
}

/** Mean luma of the image after `curve`, from the histograms of its channels. */
function meanLuma({ data }: RgbImage, curve: Float64Array): number {
  const counts = [new Float64Array(256), new Float64Array(256), new Float64Array(256)]
  for (let i = 0; i < data.length; i += 3) {
    counts[0][data[i]]++
    counts[1][data[i + 1]]++
    counts[2][data[i + 2]]++
  }
  let sum = 0
  for (let c = 0; c < 3; c++) for (let v = 0; v < 256; v++) sum += LUMA[c] * counts[c][v] * curve[v]
  return sum / (data.length / 3)
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 255)
}
