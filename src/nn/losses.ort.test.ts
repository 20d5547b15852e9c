import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant, type Value } from '../graph/value.ts'
import { float32, int64, toNumbers } from '../tensor/tensor.ts'
import {
  binaryCrossEntropyWithLogits,
  generalizedIouLoss,
  type IouLossKind,
  iouLoss,
  sigmoidFocal,
  smoothL1,
  softmaxCrossEntropy,
  weightedMean,
} from './losses.ts'

const row = (...values: number[]) => constant(float32(values))

async function numbers(value: Value): Promise<number[]> {
  return toNumbers((await runGraph({ value })).value)
}

function expectClose(got: readonly number[], expected: readonly number[]) {
  expect(got).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 5)
}

it('smooth L1 is a parabola near 0 and a line beyond beta', async () => {
  // beta 0.5: 0.2 -> 0.04 / 1; -2 -> 2 - 0.25; 0.5 -> 0.5 - 0.25.
  expectClose(await numbers(smoothL1(row(1.2, -1, 0.5), row(1, 1, 0), { beta: 0.5 })), [0.04, 1.75, 0.25])
})

it('cross entropies are finite where probabilities are not representable', async () => {
  // log(1 + e^-1) = 0.3132617; a wrong answer costs its logit.
  const terms = binaryCrossEntropyWithLogits(row(1, 1, 500, -500, -500), row(1, 0, 0, 1, 0))
  expectClose(await numbers(terms), [0.3132617, 1.3132617, 500, 500, 0])
  const logits = constant(float32([1, 2, 3, 1000, 0, 0], [2, 3]))
  // log(e^1 + e^2 + e^3) = 3.4076059.
  expectClose(await numbers(softmaxCrossEntropy(logits, constant(int64([0, 1])))), [2.4076059, 1000])
})

it('focal loss weighs by the miss', async () => {
  // x = 0: p = 1/2, (1/2)^2 log 2 = 0.1732868; alpha 1/4 for the positive, 3/4 for the negative.
  const terms = sigmoidFocal(row(0, 0), row(1, 0), { alpha: 0.25, gamma: 2 })
  expectClose(await numbers(terms), [0.0433217, 0.1299651])
  expectClose(
    await numbers(sigmoidFocal(row(0, 0), row(1, 0), { alpha: -1, gamma: 2 })),
    [0.1732868, 0.1732868],
  )
})

it('GIoU loss tells boxes apart that do not meet', async () => {
  const a = constant(float32([0, 0, 2, 2, 0, 0, 1, 1, 3, 4, 9, 8, 5, 5, 5, 5], [4, 4]))
  const b = constant(float32([1, 1, 3, 3, 3, 0, 4, 1, 3, 4, 9, 8, 5, 5, 5, 5], [4, 4]))
  // Shared 1 of a union of 7 in 9: 1 - 1/7 + 2/9. Apart by two: 1 + 2/4. Equal, then empty.
  expectClose(await numbers(generalizedIouLoss(a, b)), [1 - 1 / 7 + 2 / 9, 1.5, 0, 1])
})

it('IoU losses are finite for boxes that do not meet where an area is added', async () => {
  // Shared 1 of a union of 7 (with one more of each 2/8) in 9, and apart: 1 of 8 + 1, in 10.
  const a = constant(float32([0, 0, 2, 2, 0, 0, 2, 2], [2, 4]))
  const b = constant(float32([1, 1, 3, 3, 3, 0, 5, 2], [2, 4]))
  const loss = (kind: IouLossKind) => iouLoss(a, b, { kind, addedArea: 1 })
  expectClose(await numbers(loss('iou')), [Math.log(4), Math.log(9)])
  expectClose(await numbers(loss('linear-iou')), [3 / 4, 8 / 9])
  expectClose(await numbers(loss('giou')), [3 / 4 + 2 / 9, 8 / 9 + 2 / 10])
})

it('means count weights, and are 0 where nothing counts', async () => {
  expectClose(await numbers(weightedMean(row(1, 2, 30), row(1, 1, 0))), [1.5])
  expectClose(await numbers(weightedMean(row(1, 2, 30), row(0, 0, 0))), [0])
})
