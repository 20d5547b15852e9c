import { expect, it } from 'vitest'
import { constant, type Value } from '../../src/graph/value.ts'
import { roiAlign } from '../../src/ops/roi-align.ts'
import { roiPool } from '../../src/ops/roi-pool.ts'
import { float32, int64 } from '../../src/tensor/tensor.ts'
import { type GradientCase, worstDeviation } from './gradcheck.ts'

/** Inside, over the border, beyond the map, empty, inverted, and all of the image; image 1 has none on level 1. */
const ROIS = [
  [3.3, 2.1, 17.9, 14.6],
  [-6.2, 9.7, 8.4, 40.3],
  [60, 60, 80, 70],
  [9.5, 8.2, 9.5, 8.2],
  [15.1, 12.4, 6.3, 3.8],
  [0, 0, 36, 28],
  [4.4, 5.9, 30.2, 22.7],
]
const RECTANGLES = constant(float32(ROIS.flat(), [ROIS.length, 4]))
const IMAGES = constant(int64([0, 1, 0, 1, 0, 0, 1]))
const LEVELS = constant(int64([0, 0, 1, 0, 1, 1, 0]))
const SCALES = [1 / 4, 1 / 8]
const SHAPES = [
  [2, 3, 7, 9],
  [2, 3, 4, 5],
]

const inputs = (values?: 'distinct') =>
  SHAPES.map((shape, level) => ({ shape, dims: [2, 3, `H${level}`, `W${level}`], values }))

function assigned(features: readonly Value[]) {
  return {
    features: features as readonly Value<'float32'>[],
    rois: RECTANGLES,
    batchIndices: IMAGES,
    levels: LEVELS,
  }
}

// RoIAlign is linear in its maps: a long step costs no accuracy and keeps float32's rounding away.
const aligns = [true, false].flatMap((aligned) =>
  [0, 1, 2].map((samplingRatio): GradientCase => {
    return {
      name: `RoIAlign, ${aligned ? '' : 'not '}aligned, sampling ${samplingRatio}`,
      inputs: inputs(),
      build: (features) =>
        roiAlign(assigned(features), { outputSize: [3, 2], spatialScales: SCALES, samplingRatio, aligned }),
      dtype: 'float32',
      step: 0.5,
      tolerance: 1e-5,
    }
  }),
)

// Between corners that lie 0.1 apart by their values, samples are as good as never closer than a step.
const largest = [true, false].flatMap((aligned) =>
  [1, 2].map((samplingRatio): GradientCase => {
    return {
      name: `RoIAlign, largest of samples, ${aligned ? '' : 'not '}aligned, sampling ${samplingRatio}`,
      inputs: inputs('distinct').map((spec) => ({ ...spec, range: [0, 40] as const })),
      build: (features) =>
        roiAlign(assigned(features), {
          outputSize: [3, 2],
          spatialScales: SCALES,
          samplingRatio,
          aligned,
          reduce: 'max',
        }),
      dtype: 'float32',
      tolerance: 1e-3,
    }
  }),
)

// 378 distinct values over [0, 40] lie 0.1 apart, ten steps: the largest stays the largest.
const pool: GradientCase = {
  name: 'RoIPool',
  inputs: inputs('distinct').map((spec) => ({ ...spec, range: [0, 40] as const })),
  build: (features) => roiPool(assigned(features), { outputSize: [3, 2], spatialScales: SCALES }),
  dtype: 'float32',
  tolerance: 1e-3,
}

it.each([...aligns, ...largest, pool].map((problem) => [problem.name, problem] as const))(
  '%s',
  async (_name, problem) => {
    const worst = await worstDeviation(problem)
    expect(worst.error, JSON.stringify(worst)).toBeLessThan(problem.tolerance as number)
  },
)
