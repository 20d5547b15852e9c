import { expect, it } from 'vitest'
import { multiplyAdds } from './multiply-adds.ts'

it.each([
  // 2 images, 4 channels, 5 x 4 cells, each a sum over 3 x 3 cells of 6 / 2 channels.
  [{ op: 'Conv', input: [2, 6, 10, 8], output: [2, 4, 5, 4], window: [3, 3], groups: 2 }, 160 * 27],
  // 2 x 6 x 10 x 8 numbers, each into 2 x 2 cells of 5 channels.
  [{ op: 'ConvTranspose', input: [2, 6, 10, 8], output: [2, 5, 20, 16], window: [2, 2] }, 960 * 20],
  [{ op: 'Gemm', input: [7, 3], output: [7, 5] }, 105],
  // The same with the first matrix turned.
  [{ op: 'Gemm', input: [3, 7], output: [7, 5] }, 105],
  [{ op: 'Gemm', input: [0, 3], output: [0, 5] }, 0],
  [{ op: 'MatMul', input: [2, 9, 3], output: [2, 9, 4] }, 2 * 9 * 4 * 3],
  [{ op: 'Conv', input: [1, 6, 10, 8], output: [1, 4, 5, 4] }, undefined],
  [{ op: 'Relu', input: [1, 6], output: [1, 6] }, undefined],
])('%j: %s', (layer, expected) => expect(multiplyAdds(layer)).toBe(expected))
