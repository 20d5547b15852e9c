import { describe, expect, it } from 'vitest'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { activationLevels, quantizeBias, quantizeWeight } from './levels.ts'

describe('levels of activations', () => {
  it('cover the range, and have 0 among them', () => {
    expect(activationLevels({ low: 0, high: 510 })).toEqual({ scale: 2, zeroPoint: 0 })
    // -1 is level 64 below 0: 1 / (4 / 255) = 63.75.
    expect(activationLevels({ low: -1, high: 3 })).toEqual({ scale: Math.fround(4 / 255), zeroPoint: 64 })
    expect(activationLevels({ low: -255, high: 0 })).toEqual({ scale: 1, zeroPoint: 255 })
  })

  it('exist for what is always 0', () => {
    expect(activationLevels({ low: 0, high: 0 })).toEqual({ scale: 1, zeroPoint: 0 })
  })
})

describe('levels of weights', () => {
  it('are symmetric, with a scale for each channel of the output', () => {
    const rows = quantizeWeight(float32([63, -128, 2, 0.5, 0.25, -0.13], [2, 3]), 0, { inputScale: 1 })
    expect(toNumbers(rows.scales)).toEqual([2, 0.5 / 64])
    // 31.5 is rounded to 32, -16.64 to -17.
    expect(toNumbers(rows.weight)).toEqual([32, -64, 1, 64, 32, -17])
    const columns = quantizeWeight(float32([63, 1, 128, 2], [2, 2]), 1, { inputScale: 1 })
    expect(toNumbers(columns.scales)).toEqual([2, 2 / 64])
    expect(toNumbers(columns.weight)).toEqual([32, 32, 64, 64])
  })

  it('of a channel without any are 0, and its bias stays what it is', () => {
    const bias = float32([0.3])
    const { weight, scales } = quantizeWeight(float32([0, 0], [1, 2]), 0, { bias, inputScale: 0.5 })
    const wide = quantizeBias(bias, scales, 0.5)
    expect(toNumbers(weight)).toEqual([0, 0])
    expect(toNumbers(wide.bias)[0] * toNumbers(wide.scales)[0]).toBeCloseTo(0.3, 6)
    expect(Math.abs(toNumbers(wide.bias)[0])).toBeLessThan(2 ** 31)
  })

  it('of weights far smaller than their bias let it fit 32 bits', () => {
    const bias = float32([1000])
    const { scales } = quantizeWeight(float32([1e-9], [1, 1]), 0, { bias, inputScale: 1e-4 })
    const [level] = toNumbers(quantizeBias(bias, scales, 1e-4).bias)
    expect(level).toBeGreaterThan(2 ** 29)
    expect(level).toBeLessThan(2 ** 31)
  })
})
