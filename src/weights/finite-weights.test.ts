import { describe, expect, it } from 'vitest'
import { WeightError } from '../errors.ts'
import { float32, int64, type Tensor, tensor } from '../tensor/tensor.ts'
import { requireFinite } from './finite-weights.ts'

const check = (last: Tensor) =>
  requireFinite(
    new Map([
      ['good', float32([1])],
      ['head.weight', last],
    ]),
  )

describe('requireFinite', () => {
  it.each<[string, Tensor]>([
    // Bits by IEEE 754: 7c01 is a NaN, fc00 minus infinity.
    ['NaN', tensor('float16', [2], Uint16Array.of(0x3c00, 0x7c01))],
    ['-Infinity', tensor('float16', [2], Uint16Array.of(0x3c00, 0xfc00))],
    ['NaN', float32([1, Number.NaN])],
    ['Infinity', float32([1, Number.POSITIVE_INFINITY])],
    ['-Infinity', tensor('float64', [2], Float64Array.of(1, Number.NEGATIVE_INFINITY))],
  ])('tells %s, the tensor and the place', (got, weights) => {
    expect(() => check(weights)).toThrow(WeightError)
    expect(() => check(weights)).toThrow(
      `head.weight: weights are damaged; expected finite numbers, got ${got} at element 1.`,
    )
  })

  it.each<[string, Tensor]>([
    ['the largest half float', tensor('float16', [1], Uint16Array.of(0x7bff))],
    ['the largest float', float32([3.4028234663852886e38])],
    ['whole numbers', int64([2 ** 53])],
    ['nothing', float32([])],
  ])('lets %s pass', (_, weights) => {
    expect(() => check(weights)).not.toThrow()
  })
})
