import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, int64, toNumbers } from '../tensor/tensor.ts'
import { assignLevelsByRatio } from './level-assignment.ts'

it('takes levels from the share of its own image that a box covers', async () => {
  const boxes = [
    // Images of 32,000 and 8,000 pixels: 5 - log2(3.2) = 3.3, 5 - log2(0.8) = 5.3.
    ...[0, 0, 100, 100],
    ...[0, 0, 100, 100],
    // 5 - log2(20) = 0.7; beyond the image, 200 x 180 pixels of a box count: 5 - log2(0.89) = 5.2.
    ...[10, 10, 50, 50],
    ...[-20, -20, 180, 160],
    // Nothing.
    ...[7, 7, 7, 7],
  ]
  const levels = assignLevelsByRatio(
    constant(float32(boxes, [5, 4])),
    constant(int64([0, 1, 0, 0, 1])),
    constant(float32([160, 200, 80, 100], [2, 2])),
    { minLevel: 3, maxLevel: 5 },
  )
  expect(toNumbers((await runGraph({ levels })).levels)).toEqual([1, 2, 0, 2, 0])
})
