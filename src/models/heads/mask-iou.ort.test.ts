import { expect, it } from 'vitest'
import { runGraph } from '../../../test/run-graph.ts'
import { constant, type Value } from '../../graph/value.ts'
import { float32, int64, toNumbers } from '../../tensor/tensor.ts'
import { maskIouLoss, maskIouTargets, maskScores } from './mask-iou.ts'

const floats = (numbers: readonly number[], shape: readonly number[] = [numbers.length]) =>
  constant(float32(numbers, shape))

async function numbersOf(value: Value): Promise<number[]> {
  return toNumbers((await runGraph({ value })).value)
}

/** Cells of 4 x 4 masks. */
const LEFT_HALF = Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 0.9 : 0.1))
const UPPER_HALF = Array.from({ length: 16 }, (_, i) => (i < 8 ? 1 : 0))

it('targets: what the box cuts off an object counts as missed', async () => {
  const masks = [LEFT_HALF, LEFT_HALF, LEFT_HALF].flat()
  const wanted = [UPPER_HALF, UPPER_HALF, UPPER_HALF].flat()
  const targets = maskIouTargets(
    floats(masks, [3, 4, 4]),
    floats(wanted, [3, 4, 4]),
    floats([1, 0.5, 8 / 13]),
  )
  // 8 cells predicted, 4 of them right; the object has 8 cells, 16 with those outside the box, 13.
  const [whole, half, part] = await numbersOf(targets)
  expect(whole).toBeCloseTo(4 / 12, 6)
  expect(half).toBeCloseTo(4 / 20, 6)
  expect(part).toBeCloseTo(4 / 17, 6)
})

it('targets: half is not inside, and nothing in common is 0', async () => {
  const even = new Array(16).fill(0.5)
  const nothing = new Array(16).fill(0)
  const masks = floats([even, LEFT_HALF, nothing].flat(), [3, 4, 4])
  const targets = maskIouTargets(
    masks,
    floats([UPPER_HALF, nothing, nothing].flat(), [3, 4, 4]),
    floats([1, 0, 0]),
  )
  expect(await numbersOf(targets)).toEqual([0, 0, 0])
})

it('loss: half the mean square, over own classes and targets above 0', async () => {
  const predicted = floats([0.9, 0.5, 0.2, 0.9, 0.3, 0.4, 0.9, 0.9], [4, 2])
  const labels = constant(int64([1, 0, 1, 1]))
  const loss = maskIouLoss(predicted, labels, floats([0.7, 0.6, 0, 0.1]), floats([1, 1, 1, 0]))
  // (0.5 - 0.7)^2 and (0.2 - 0.6)^2; the third has no target, the fourth only fills.
  expect((await numbersOf(loss))[0]).toBeCloseTo((0.04 + 0.16) / 4, 6)
  const none = maskIouLoss(predicted, labels, floats([0, 0, 0, 0]), floats([1, 1, 1, 1]))
  expect(await numbersOf(none)).toEqual([0])
})

it('scores: of the class times the IoU of that class', async () => {
  const scores = maskScores(
    floats([0.5, 0.8]),
    floats([0, 0.6, 0.1, 0, 0.3, 0.5], [2, 3]),
    constant(int64([1, 2])),
  )
  const [first, second] = await numbersOf(scores)
  expect(first).toBeCloseTo(0.3, 6)
  expect(second).toBeCloseTo(0.4, 6)
})
