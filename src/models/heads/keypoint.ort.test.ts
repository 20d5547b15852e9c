import { expect, it } from 'vitest'
import { runGraph } from '../../../test/run-graph.ts'
import { constant } from '../../graph/value.ts'
import { float32, int64, tensor } from '../../tensor/tensor.ts'
import { keypointLoss } from './keypoint.ts'

/** Two boxes, two keypoints each, maps of 2 x 2: ln 3 at the second cell of the first map, zeros elsewhere. */
const logits = constant(float32([0, Math.log(3), ...new Array(14).fill(0)], [2, 2, 2, 2]))

async function loss(cells: number[], valid: number[], weights: number[]): Promise<number> {
  const targets = {
    cells: constant(int64(cells, [2, 2])),
    isValid: constant(tensor('bool', [2, 2], Uint8Array.from(valid))),
  }
  const value = keypointLoss(logits, targets, constant(float32(weights)))
  return Number((await runGraph({ value })).value.data[0])
}

it('is the mean cross entropy of the keypoints that count', async () => {
  // The first map has probabilities 1/6, 3/6, 1/6, 1/6; an even one 1/4 each.
  expect(await loss([1, 0, 3, 2], [1, 0, 0, 0], [1, 1])).toBeCloseTo(Math.log(2), 6)
  expect(await loss([0, 0, 3, 2], [1, 1, 0, 0], [1, 1])).toBeCloseTo((Math.log(6) + Math.log(4)) / 2, 6)
  // A row of weight 0 counts in neither sum.
  expect(await loss([1, 0, 3, 2], [1, 0, 1, 1], [1, 0])).toBeCloseTo(Math.log(2), 6)
})

it('is 0 where no keypoint counts', async () => {
  expect(await loss([0, 0, 0, 0], [0, 0, 0, 0], [1, 1])).toBe(0)
})
