import { describe, expect, it } from 'vitest'
import { openGolden } from '../../test/goldens.ts'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { range } from '../ops/layout.ts'
import { float32, int64, type Tensor, toNumbers } from '../tensor/tensor.ts'
import { groundTruth, type MatchOptions, matchBoxes, matchedIndices } from './match.ts'

/** Torchvision's numbers: index of the ground truth, -1 negative, -2 neither. */
async function match(
  boxes: Tensor<'float32'>,
  labels: readonly number[],
  candidates: Tensor<'float32'>,
  options: MatchOptions,
): Promise<number[]> {
  const truth = groundTruth(constant(boxes), constant(int64(labels)))
  const { iou, isPositive, isNegative } = matchBoxes(truth, constant(candidates), options)
  const indices = matchedIndices(iou, range(candidates.shape[0]))
  const out = await runGraph({ isPositive, isNegative, indices })
  const [positive, negative, matched] = [out.isPositive, out.isNegative, out.indices].map(toNumbers)
  return matched.map((index, i) => (positive[i] ? index : negative[i] ? -1 : -2))
}

describe('matching as torchvision', () => {
  const golden = openGolden('tv-det-utils-a')
  it.each([
    ['matcher.0.7.0.3.1', 0.7, 0.3, true],
    ['matcher.0.5.0.5.0', 0.5, 0.5, false],
    ['matcher.0.5.0.4.1', 0.5, 0.4, true],
  ] as const)('%s', async (key, high, low, allowLowQuality) => {
    const truth = golden.inputs.get('match.gt') as Tensor<'float32'>
    const anchors = golden.outputs.get('anchors.fpn') as Tensor<'float32'>
    const padded = float32([...truth.data, 0, 0, 0, 0, 5, 5, 40, 40], [8, 4])
    const got = await match(padded, [1, 1, 1, 1, 1, 1, 0, 0], anchors, { high, low, allowLowQuality })
    expect(got).toEqual(toNumbers(golden.outputs.get(key)!))
  })
})

describe('matching by hand', () => {
  const options = { high: 0.7, low: 0.3, allowLowQuality: true }
  const candidates = float32([0, 0, 10, 10, 0, 0, 10, 5, 50, 50, 60, 60], [3, 4])

  it('takes the best box for a ground truth however small the overlap', async () => {
    // IoU of the first two with [0, 0, 10, 4]: 40/100 and 40/50; the second is high, the first in between.
    expect(await match(float32([0, 0, 10, 4], [1, 4]), [2], candidates, options)).toEqual([-2, 0, -1])
    // IoU with [58, 58, 68, 68]: 4/196 for the last box, below both thresholds, but nothing is better.
    expect(await match(float32([58, 58, 68, 68], [1, 4]), [2], candidates, options)).toEqual([-1, -1, 0])
  })

  it('takes no box for a ground truth that meets none', async () => {
    // All boxes have an IoU of 0, and none is better.
    expect(await match(float32([20, 20, 30, 30], [1, 4]), [2], candidates, options)).toEqual([-1, -1, -1])
    expect(await match(float32([5, 5, 5, 9], [1, 4]), [2], candidates, options)).toEqual([-1, -1, -1])
  })

  it('leaves everything negative where the ground truth is all padding', async () => {
    expect(await match(float32([0, 0, 10, 10], [1, 4]), [0], candidates, options)).toEqual([-1, -1, -1])
  })
})
