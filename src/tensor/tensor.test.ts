import { describe, expect, it } from 'vitest'
import {
  float16ToNumber,
  float32,
  int64,
  numberToFloat16,
  tensor,
  toFloat16Bits,
  toFloat32,
  toNumbers,
  zeros,
} from './tensor.ts'

describe('a tensor', () => {
  it('has as many elements as its shape says', () => {
    expect(zeros('int64', [2, 3]).data).toHaveLength(6)
    expect(float32([5], []).shape).toEqual([])
    expect(() => float32([1, 2, 3], [2, 2])).toThrow(
      'tensor data does not fit its shape; expected 4 elements for [2, 2], got 3',
    )
  })

  it('is told as numbers', () => {
    expect(toNumbers(int64([-1, 2]))).toEqual([-1, 2])
    expect(toNumbers(tensor('float16', [3], Uint16Array.of(0x3c00, 0xc000, 0x7bff)))).toEqual([1, -2, 65504])
  })
})

describe('half floats', () => {
  it('come back from every number they stand for', () => {
    const kept = Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7fff) <= 0x7c00,
    )
    const changed = kept.filter((bits) => numberToFloat16(float16ToNumber(bits)) !== bits)
    expect(changed).toEqual([])
  })

  it('become floats in an array exactly, special values too, and half floats again', () => {
    const bits = Uint16Array.from({ length: 0x10000 }, (_, half) => half)
    const { data } = toFloat32(tensor('float16', [0x10000], bits))
    expect(data.every((value, half) => Object.is(value, float16ToNumber(half)))).toBe(true)
    expect(data[0x3555]).toBe(1365 / 4096)
    expect(data[0x8000]).toBe(-0)
    const finite = bits.filter((half) => (half & 0x7c00) !== 0x7c00)
    expect(toFloat16Bits(toFloat32(tensor('float16', [finite.length], finite)).data)).toEqual(finite)
  })

  it.each([
    ['a tie goes to the even neighbour below', 1 + 2 ** -11, 0x3c00],
    ['a tie goes to the even neighbour above', 1 + 3 * 2 ** -11, 0x3c02],
    ['the least more than a tie goes up', 1 + 2 ** -11 + 2 ** -30, 0x3c01],
    ['the least less than a tie goes down', 1 + 3 * 2 ** -11 - 2 ** -40, 0x3c01],
    ['up to the next power', 2 - 2 ** -40, 0x4000],
    ['the least subnormal', 2 ** -24, 0x0001],
    ['half of it is a tie with 0', 2 ** -25, 0x0000],
    ['a little more is not', 2 ** -25 + 2 ** -60, 0x0001],
    ['a tie of subnormals', 3 * 2 ** -25, 0x0002],
    ['the greatest subnormal rounds to the least normal', 1023.5 * 2 ** -24, 0x0400],
    ['negative subnormals', -(2 ** -24), 0x8001],
    ['negative zero', -0, 0x8000],
    ['far too small', 1e-300, 0x0000],
    ['the greatest', 65504, 0x7bff],
    ['just below the tie with infinity', 65519.999, 0x7bff],
    ['the tie with infinity', 65520, 0x7c00],
    ['far too large', -1e300, 0xfc00],
    ['infinity', Number.POSITIVE_INFINITY, 0x7c00],
    ['not a number', Number.NaN, 0x7e00],
  ])('%s', (_what, value, bits) => {
    expect(numberToFloat16(value)).toBe(bits)
  })
})
