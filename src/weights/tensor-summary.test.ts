import { expect, it } from 'vitest'
import { float32, int64, tensor } from '../tensor/tensor.ts'
import { summarizeAll, summarizeTensor } from './tensor-summary.ts'

it('says what the numbers are, those that are none aside', () => {
  const values = float32([3, Number.NaN, -4, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
  expect(summarizeTensor(values)).toEqual({ elements: 5, norm: 5, min: -4, max: 3, nan: 1, infinite: 2 })
  // Half floats by their bits: 1, -2, NaN.
  const halves = tensor('float16', [3], Uint16Array.of(0x3c00, 0xc000, 0x7e00))
  expect(summarizeTensor(halves)).toEqual({
    elements: 3,
    norm: Math.sqrt(5),
    min: -2,
    max: 1,
    nan: 1,
    infinite: 0,
  })
  expect(summarizeTensor(int64([2, 7]))).toMatchObject({ min: 2, max: 7, nan: 0 })
  expect(summarizeTensor(float32([]))).toEqual({
    elements: 0,
    norm: 0,
    min: null,
    max: null,
    nan: 0,
    infinite: 0,
  })
})

it('sums up several tensors as if they were one', () => {
  const parts = [float32([3, Number.NaN]), float32([]), float32([-4])].map(summarizeTensor)
  expect(summarizeAll(parts)).toEqual({ elements: 3, norm: 5, min: -4, max: 3, nan: 1, infinite: 0 })
})
