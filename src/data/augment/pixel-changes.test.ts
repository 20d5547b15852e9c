import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../errors.ts'
import { random } from '../../tensor/random.ts'
import type { RgbImage } from '../picture.ts'
import type { Sample } from '../sample.ts'
import { blurByChance, gaussianBlur } from './blur.ts'
import { cutoutByChance } from './cutout.ts'
import { jpegByChance } from './jpeg.ts'
import { addNoise, noiseByChance } from './noise.ts'

const flat = (grey: number, width: number, height: number) => ({
  data: new Uint8Array(width * height * 3).fill(grey),
  width,
  height,
})
const times = (isDone: (seed: number) => boolean) =>
  Array.from({ length: 400 }, (_, seed) => isDone(seed)).filter((done) => done).length

describe('gaussianBlur', () => {
  it('spreads a point over a Gaussian on each axis, colours apart', () => {
    const image = flat(0, 9, 7)
    image.data[(3 * 9 + 4) * 3 + 1] = 255
    const { data } = gaussianBlur(image, 1)
    // exp(-d^2 / 2) over its sum from -3 to 3, which is 2.50621.
    const g = (d: number) => Math.exp((-d * d) / 2) / 2.506213
    for (let y = 0; y < 7; y++) {
      for (let x = 0; x < 9; x++) {
        const expected = Math.abs(x - 4) > 3 || Math.abs(y - 3) > 3 ? 0 : 255 * g(x - 4) * g(y - 3)
        expect(Math.abs(data[(y * 9 + x) * 3 + 1] - expected)).toBeLessThanOrEqual(0.501)
        expect(data[(y * 9 + x) * 3]).toBe(0)
      }
    }
  })

  it('leaves an even image as it is, up to its edges', () => {
    expect(gaussianBlur(flat(77, 5, 3), 2)).toEqual(flat(77, 5, 3))
  })

  it('comes by chance', () => {
    const image = flat(10, 4, 4)
    image.data[0] = 255
    const isBlurred = (seed: number) =>
      blurByChance(image, { probability: 0.3, sigma: 2 }, random(seed)) !== image
    // 120 less the 5 in 100 whose drawn sigma is below 0.1; a standard deviation of 9.
    expect(Math.abs(times(isBlurred) - 114)).toBeLessThan(36)
  })
})

describe('addNoise', () => {
  it('has the variance that is asked for, growing with the brightness', () => {
    const spread = (grey: number, deviation: number, gain: number) => {
      const { data } = addNoise(flat(grey, 100, 100), { deviation, gain }, random(3))
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length
      const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length
      return { mean, variance }
    }
    // Rounding to bytes adds 1 / 12; 30,000 bytes know a variance to about one part in 120.
    for (const [grey, deviation, gain, variance] of [
      [100, 5, 0, 25],
      [100, 0, 0.5, 50],
      [150, 4, 0.2, 46],
    ]) {
      const seen = spread(grey, deviation, gain)
      expect(Math.abs(seen.mean - grey)).toBeLessThan(0.25)
      expect(Math.abs(seen.variance - variance - 1 / 12)).toBeLessThan(variance / 30)
    }
    expect(addNoise(flat(255, 2, 2), { deviation: 0, gain: 0 }, random(1))).toEqual(flat(255, 2, 2))
  })

  it('comes by chance', () => {
    const image = flat(100, 3, 3)
    const config = { probability: 0.25, gaussian: 20, poisson: 0 }
    expect(
      Math.abs(times((seed) => noiseByChance(image, config, random(seed)) !== image) - 100),
    ).toBeLessThan(35)
  })
})

describe('cutoutByChance', () => {
  const sample: Sample = {
    image: flat(200, 10, 10),
    instances: [
      { box: [0, 0, 5, 10], label: 1, mask: new Uint8Array(50).fill(1) },
      { box: [5, 0, 10, 10], label: 2, mask: new Uint8Array(50).fill(1) },
    ],
    ...{ imageId: 1, fileName: 'a.png' },
  }
  const anything = { minVisible: 0, minArea: 0 }

  it('covers a square with the mean colour, and cuts it out of masks', () => {
    // A side of 0.4 * 10 about column 5 and row 1: columns 3..7, rows -1..3.
    const draws = [0, 1, 0.5, 0.1]
    const chance = {
      ...random(1),
      uniform: () => draws.shift()!,
      integer: (below: number) => Math.floor(draws.shift()! * below),
    }
    const { image, instances } = cutoutByChance(
      sample,
      { probability: 1, count: 1, size: 0.4 },
      anything,
      chance,
    )
    for (let y = 0; y < 10; y++) {
      for (let x = 0; x < 10; x++) {
        const isCovered = x >= 3 && x < 7 && y < 3
        expect(image.data[(y * 10 + x) * 3]).toBe(isCovered ? 124 : 200)
        const { box, mask } = instances[x < 5 ? 0 : 1]
        expect(mask![y * 5 + x - box[0]]).toBe(isCovered ? 0 : 1)
      }
    }
  })

  it('drops what is hardly seen, and comes by chance', () => {
    const whole = { probability: 1, count: 40, size: 1 }
    expect(cutoutByChance(sample, whole, { minVisible: 0.9, minArea: 0 }, random(1)).instances).toEqual([])
    const some = { ...whole, probability: 0.5 }
    expect(
      Math.abs(times((seed) => cutoutByChance(sample, some, anything, random(seed)) !== sample) - 200),
    ).toBeLessThan(40)
  })
})

describe('jpegByChance', () => {
  const image = flat(1, 2, 2)
  const qualities: number[] = []
  const recompress = async (from: RgbImage, quality: number) => {
    qualities.push(quality)
    return { ...from }
  }

  it('hands the codec a quality between the lowest and 95', async () => {
    for (let seed = 0; seed < 600; seed++) {
      await jpegByChance(image, { probability: 0.5, quality: 90 }, random(seed), recompress)
    }
    expect([...new Set(qualities)].sort()).toEqual([90, 91, 92, 93, 94, 95])
    expect(Math.abs(qualities.length - 300)).toBeLessThan(60)
  })

  it('needs a codec', async () => {
    const failure = await jpegByChance(image, { probability: 0, quality: 90 }, random(1)).catch(
      (error) => error,
    )
    expect(failure).toBeInstanceOf(ConfigError)
    expect(failure.message).toBe('augment.jpeg: there is no JPEG codec here')
  })
})
