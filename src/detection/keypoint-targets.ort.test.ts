import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant, input } from '../graph/value.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { keypointTargets } from './keypoint-targets.ts'

it('names the cell each keypoint falls into, and which count', async () => {
  // Cells of 2.5 x 5 pixels in a box of 10 x 20.
  const box = [10, 20, 20, 40]
  const points = [
    [10, 20, 1],
    [14.9, 30, 2],
    [20, 40, 1],
    [20.5, 30, 1],
    [15, 19.9, 1],
    [15, 30, 0],
  ]
  const keypoints = input('keypoints', 'float32', ['R', points.length, 3])
  const { cells, isValid } = keypointTargets(keypoints, input('boxes', 'float32', ['R', 4]), 4)
  const run = (boxes: number[], count: number) =>
    runGraph(
      { cells, isValid },
      {
        keypoints: float32(Array.from({ length: count }, () => points.flat()).flat(), [
          count,
          points.length,
          3,
        ]),
        boxes: float32(boxes, [count, 4]),
      },
    )
  // The second box has no width: only a point on its right edge has a cell, the last of its row.
  const found = await run([...box, 20, 20, 20, 40], 2)
  expect(toNumbers(found.cells)).toEqual([0, 2 * 4 + 1, 15, 0, 0, 0, 0, 0, 15, 0, 0, 0])
  expect(toNumbers(found.isValid)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0])
  expect((await run([], 0)).cells.shape).toEqual([0, points.length])
})

it('has cells that are constants for constant boxes', async () => {
  const one = (values: number[], shape: number[]) => constant(float32(values, shape))
  const { cells } = keypointTargets(one([3, 1, 1], [1, 1, 3]), one([0, 0, 4, 4], [1, 4]), 56)
  // Row 14, column 42.
  expect(toNumbers((await runGraph({ cells })).cells)).toEqual([14 * 56 + 42])
})
