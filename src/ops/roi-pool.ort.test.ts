import { describe, expect, it } from 'vitest'
import { openGolden } from '../../test/goldens.ts'
import { hashfill } from '../../test/recipe.ts'
import { runGraph } from '../../test/run-graph.ts'
import { constant, input } from '../graph/value.ts'
import { float32, int64, type Tensor, toNumbers } from '../tensor/tensor.ts'
import { cast } from './elementwise.ts'
import { reshape, sizeOf, slice } from './layout.ts'
import { roiPool, roiPoolGradients } from './roi-pool.ts'

const golden = openGolden('ops-roi-a')

interface Case {
  readonly key: string
  readonly op: string
  readonly rois: string
  readonly spatial_scale: number
  readonly output_size: readonly [number, number]
}

describe('roiPool', () => {
  const x = input('x', 'float32', [2, 3, 'H', 'W'])
  const table = input('rois', 'float32', ['R', 5])
  const rois = slice(table, 1, 1, 5)
  const batchIndices = reshape(cast(slice(table, 1, 0, 1), 'int64'), [sizeOf(table, 0)])

  it.each((golden.case.cases as Case[]).filter(({ op }) => op === 'roi_pool'))(
    'equals torchvision: $key',
    async ({ key, rois: name, spatial_scale, output_size }) => {
      const problem = {
        features: [x],
        rois,
        batchIndices,
        outputSize: output_size,
        spatialScales: [spatial_scale],
      }
      const outGradient = input('outGradient', 'float32', ['R', 3, ...output_size])
      const [gradient] = roiPoolGradients(problem, outGradient)
      const boxes = golden.inputs.get(name) as Tensor
      const result = await runGraph(
        { out: roiPool(problem, problem), gradient },
        {
          x: golden.inputs.get('x') as Tensor,
          rois: boxes,
          outGradient: hashfill(golden.case.seed, `grad.${key}`, [boxes.shape[0], 3, ...output_size], 1, 0),
        },
      )
      expectGolden(result.out, `${key}.out`, 0)
      expectGolden(result.gradient, `${key}.grad_x`, 2e-6)
    },
  )

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

function expectGolden(actual: Tensor, name: string, tolerance: number): void {
  const sample = golden.outputs.get(`${name}.sample`)
  const stride = sample ? golden.case.stats[name].sample_stride : 1
  const expected = toNumbers(sample ?? (golden.outputs.get(name) as Tensor))
  expect(actual.shape).toEqual(sample ? golden.case.stats[name].shape : golden.outputs.get(name)?.shape)
  const numbers = toNumbers(actual)
  const errors = expected.map((value, i) => Math.abs(value - numbers[i * stride]))
  expect(Math.max(...errors), name).toBeLessThanOrEqual(tolerance)
}
