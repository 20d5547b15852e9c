import { expect, it } from 'vitest'
import { graphMultiplyAdds } from '../benchmarks/one-stage/multiply-adds.ts'
import { graph } from '../src/graph/graph.ts'
import { input } from '../src/graph/value.ts'
import { conv, convTranspose } from '../src/ops/conv.ts'
import { gemm, matMul } from '../src/ops/linear.ts'

const x = input('x', 'float32', [2, 6, 10, 8])
const value = (name: string, ...shape: (number | string)[]) => input(name, 'float32', shape)
const none = () => Number.NaN

it('counts a convolution by its outputs', () => {
  // 2 images, 4 channels, 5 x 4 cells, each a sum over 3 x 3 cells of 6 / 2 channels.
  const out = conv(x, value('w', 4, 3, 3, 3), undefined, { stride: 2, padding: 1, groups: 2 })
  expect(out.shape).toEqual([2, 4, 5, 4])
  expect(graphMultiplyAdds(graph({ out }), none)).toBe(2 * 4 * 5 * 4 * 27)
})

it('counts a transposed convolution by its inputs', () => {
  // 2 x 6 x 10 x 8 numbers, each into 2 x 2 cells of 5 channels.
  const out = convTranspose(x, value('w', 6, 5, 2, 2), undefined, { stride: 2 })
  expect(out.shape).toEqual([2, 5, 20, 16])
  expect(graphMultiplyAdds(graph({ out }), none)).toBe(960 * 20)
})

it('counts products of matrices, transposed or not, and every one of a batch', () => {
  const rows = value('rows', 7, 3)
  const turned = gemm(rows, value('w', 5, 3), { transB: true })
  const across = gemm(rows, value('v', 7, 4), { transA: true })
  const batch = matMul(value('a', 2, 9, 3), value('b', 3, 4))
  expect(graphMultiplyAdds(graph({ turned }), none)).toBe(7 * 5 * 3)
  expect(graphMultiplyAdds(graph({ across }), none)).toBe(3 * 4 * 7)
  expect(graphMultiplyAdds(graph({ batch }), none)).toBe(2 * 9 * 4 * 3)
})

it('asks for sizes that the graph does not know, and adds layers up', () => {
  const hidden = gemm(value('rows', 'R', 3), value('w', 3, 5))
  const out = gemm(hidden, value('v', 5, 2))
  expect(graphMultiplyAdds(graph({ out }), (symbol) => (symbol === 'R' ? 50 : Number.NaN))).toBe(
    50 * 15 + 50 * 10,
  )
})
