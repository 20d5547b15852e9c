import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../../tensor/random.ts'
import { type ColorChange, changeColors, drawColorChange } from './color-jitter.ts'

const none: ColorChange = { invert: false, brightness: 1, contrast: 1, saturation: 1 }
const change = (pixels: number[], change: Partial<ColorChange>) => {
  const image = { data: Uint8Array.from(pixels), width: pixels.length / 3, height: 1 }
  return [...changeColors(image, { ...none, ...change }).data]
}

describe('changeColors', () => {
  it('multiplies brightness and clamps', () => {
    expect(change([10, 100, 200, 0, 51, 255], { brightness: 1.5 })).toEqual([15, 150, 255, 0, 76, 255])
  })

  it('moves contrast away from the mean luma of the image', () => {
    // Greys 50 and 150: mean 100, twice as far is 0 and 200.
    expect(change([50, 50, 50, 150, 150, 150], { contrast: 2 })).toEqual([0, 0, 0, 200, 200, 200])
    // Red alone: luma 0.299 * 255 = 76.245 for one pixel of two, mean 38.1225; contrast 0 leaves it everywhere.
    expect(change([255, 0, 0, 0, 0, 0], { contrast: 0 })).toEqual([38, 38, 38, 38, 38, 38])
    // Brightness comes first: greys 40 and 120 have mean 80, half as far is 60 and 100.
    const both = change([20, 20, 20, 60, 60, 60], { brightness: 2, contrast: 0.5 })
    expect(both).toEqual([60, 60, 60, 100, 100, 100])
  })

  it('moves saturation away from the luma of each pixel', () => {
    // Luma of (100, 50, 200): 29.9 + 29.35 + 22.8 = 82.05.
    expect(change([100, 50, 200], { saturation: 0 })).toEqual([82, 82, 82])
    expect(change([100, 50, 200], { saturation: 0.5 })).toEqual([91, 66, 141])
    expect(change([100, 50, 200], { saturation: 2 })).toEqual([118, 18, 255])
  })

  it('inverts, and twice is the identity', () => {
    expect(change([0, 100, 255], { invert: true })).toEqual([255, 155, 0])
  })

  it('leaves its image as it was', () => {
    const image = { data: Uint8Array.of(1, 2, 3), width: 1, height: 1 }
    expect(changeColors(image, none)).toBe(image)
    changeColors(image, { ...none, invert: true })
    expect([...image.data]).toEqual([1, 2, 3])
  })
})

describe('drawColorChange', () => {
  it('stays within the strengths', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const config = { brightness: 0.2, contrast: 1.5, saturation: 0, grayscale: 0, invert: 0 }
        const { brightness, contrast, saturation, invert } = drawColorChange(config, random(seed))
        expect(brightness >= 0.8 && brightness <= 1.2).toBe(true)
        expect(contrast >= 0 && contrast <= 2.5).toBe(true)
        expect([saturation, invert]).toEqual([1, false])
        const sure = drawColorChange({ ...config, saturation: 1, grayscale: 1, invert: 1 }, random(seed))
        expect([sure.saturation, sure.invert]).toEqual([0, true])
      }),
    )
  })
})
