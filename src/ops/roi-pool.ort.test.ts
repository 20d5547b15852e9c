import { describe, expect, it } from 'vitest'
import { openGolden } from '../../test/goldens.ts'
import { largestError } from '../../test/parity/largest-error.ts'
import { roiCases, runRoiCases } from '../../test/parity/ops-roi.ts'
import { runGraph } from '../../test/run-graph.ts'
import { constant, input } from '../graph/value.ts'
import { float32, int64, type Tensor, toNumbers } from '../tensor/tensor.ts'
import { cast } from './elementwise.ts'
import { reshape, sizeOf, slice } from './layout.ts'
import { roiPool, roiPoolGradients } from './roi-pool.ts'

const golden = openGolden('ops-roi-a')

describe('roiPool', () => {
  const x = input('x', 'float32', [2, 3, 'H', 'W'])
  const table = input('rois', 'float32', ['R', 5])
  const rois = slice(table, 1, 1, 5)
  const batchIndices = reshape(cast(slice(table, 1, 0, 1), 'int64'), [sizeOf(table, 0)])

  it('equals torchvision in every recorded case', async () => {
    const results = await runRoiCases(
      golden,
      roiCases(golden).filter(({ op }) => op === 'roi_pool'),
    )
    expect(results.size).toBeGreaterThan(3)
    for (const [key, { out, gradient }] of results) {
      expect(largestError(golden, `${key}.out`, out), key).toBe(0)
      expect(largestError(golden, `${key}.grad_x`, gradient), key).toBeLessThan(2e-6)
    }
  })

  it('pools nothing from no RoIs, and passes no gradient', async () => {
    const problem = { features: [x], rois, batchIndices, outputSize: [7, 7] as const, spatialScales: [0.25] }
    const outGradient = input('outGradient', 'float32', ['R', 3, 7, 7])
    const [gradient] = roiPoolGradients(problem, outGradient)
    const result = await runGraph(
      { out: roiPool(problem, problem), gradient },
      {
        x: golden.inputs.get('x') as Tensor,
        rois: float32([], [0, 5]),
        outGradient: float32([], [0, 3, 7, 7]),
      },
    )
    expect(result.out.shape).toEqual([0, 3, 7, 7])
    expect(toNumbers(result.gradient).every((value) => value === 0)).toBe(true)
  })

  it('takes each RoI from its level', async () => {
    // Map 0 holds 0..15 in rows of 4, map 1 100..103 in rows of 2; both RoIs cover the image of 4x4.
    const fine = constant(
      float32(
        Array.from({ length: 16 }, (_, i) => i),
        [1, 1, 4, 4],
      ),
    )
    const coarse = constant(float32([100, 101, 102, 103], [1, 1, 2, 2]))
    const out = roiPool(
      {
        features: [fine, coarse],
        rois: constant(float32([0, 0, 3, 3, 0, 0, 2, 2], [2, 4])),
        batchIndices: constant(int64([0, 0])),
        levels: constant(int64([1, 0])),
      },
      { outputSize: [1, 1], spatialScales: [1, 0.5] },
    )
    const result = await runGraph({ out })
    // Level 1: 3 * 0.5 rounds up to 2, so all of the map. Level 0: pixels 0..2 of both axes, the last is 2 * 4 + 2.
    expect(toNumbers(result.out)).toEqual([103, 10])
  })
})
