import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { graph } from '../graph/graph.ts'
import { printGraph } from '../graph/print.ts'
import { constant, input } from '../graph/value.ts'
import { float32 } from '../tensor/tensor.ts'
import { conv } from './conv.ts'
import { add, mul, relu, stopGradient } from './elementwise.ts'
import { reshape, sizeMul, sizeOf } from './layout.ts'
import { maxPool } from './pool.ts'

it('runs a small symbolic graph whose result is worked by hand', async () => {
  const x = input('x', 'float32', [1, 1, 'H', 'W'])
  // A kernel of ones sums each 2x2 window; relu(sum - 10) keeps what is above 10.
  const summed = conv(x, constant(float32([1, 1, 1, 1], [1, 1, 2, 2])))
  const kept = relu(add(summed, -10))
  const flat = reshape(stopGradient(mul(kept, 2)), [sizeMul(sizeOf(kept, 2), sizeOf(kept, 3))])
  const pooled = maxPool(summed, { kernel: 1, stride: 2 })
  const image = float32([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3])
  const result = await runGraph({ flat, pooled }, { x: image })
  // Window sums: 12 16 / 24 28.
  expect(result.flat).toEqual(float32([4, 12, 28, 36]))
  expect(result.pooled).toEqual(float32([12], [1, 1, 1, 1]))
  expect(printGraph(graph({ flat }))).toContain('float32[1, 1, (H-1), (W-1)] = Conv(x, [1, 1, 1, 1], -)')
})
