import { describe, expect, it } from 'vitest'
import { openGolden } from '../../test/goldens.ts'
import { hashfill } from '../../test/recipe.ts'
import { runGraph } from '../../test/run-graph.ts'
import { input, type Value } from '../graph/value.ts'
import { type Tensor, toNumbers } from '../tensor/tensor.ts'
import { cast } from './elementwise.ts'
import { reshape, sizeOf, slice } from './layout.ts'
import { type RoiAlignOptions, roiAlign } from './roi-align.ts'
import { roiAlignGradients } from './roi-align-separable.ts'

const golden = openGolden('ops-roi-a')

interface Case {
  readonly key: string
  readonly op: string
  readonly rois: string
  readonly spatial_scale: number
  readonly sampling_ratio: number
  readonly aligned: boolean
  readonly output_size: readonly [number, number]
}

const cases = (golden.case.cases as Case[]).filter(({ op }) => op === 'roi_align')

describe('roiAlign against torchvision', () => {
  // Maps as the models have them: sizes known only when the graph runs.
  const x = input('x', 'float32', [2, 3, 'H', 'W'])
  const table = input('rois', 'float32', ['R', 5])

  it.each(cases)('$key', async (example) => {
    const { key, spatial_scale, sampling_ratio, aligned, output_size } = example
    const rois = slice(table, 1, 1, 5)
    const batchIndices = imagesOf(table)
    const options: RoiAlignOptions = {
      outputSize: output_size,
      spatialScales: [spatial_scale],
      samplingRatio: Math.max(0, sampling_ratio),
      aligned,
    }
    const outGradient = input('outGradient', 'float32', ['R', 3, ...output_size])
    const [gradient] = roiAlignGradients(
      { features: [x], rois, batchIndices, ...options },
      outGradient,
      () => true,
    )
    const boxes = golden.inputs.get(example.rois) as Tensor<'float32'>
    const feeds = {
      x: golden.inputs.get('x') as Tensor<'float32'>,
      rois: boxes,
      outGradient: hashfill(golden.case.seed, `grad.${key}`, [boxes.shape[0], 3, ...output_size], 1, 0),
    }
    const out = roiAlign({ features: [x], rois, batchIndices }, options)
    const result = await runGraph({ out, gradient: gradient as Value }, feeds)
    expectGolden(result.out, `${key}.out`, 1e-5)
    expectGolden(result.gradient, `${key}.grad_x`, 2e-5)
    const { outGradient: _, ...inputs } = feeds
    const native = await runGraph({ out }, inputs, { target: { roiAlign: 'native' } })
    expectGolden(native.out, `${key}.out`, 1e-5)
  })
})

/** Column 0 of torchvision's `[R, 5]` RoIs. */
function imagesOf(table: Value<'float32'>): Value<'int64'> {
  return reshape(cast(slice(table, 1, 0, 1), 'int64'), [sizeOf(table, 0)])
}

function expectGolden(actual: Tensor, name: string, tolerance: number): void {
  const sample = golden.outputs.get(`${name}.sample`)
  const stride = sample ? golden.case.stats[name].sample_stride : 1
  const expected = toNumbers(sample ?? (golden.outputs.get(name) as Tensor))
  const shape = sample ? golden.case.stats[name].shape : golden.outputs.get(name)?.shape
  expect(actual.shape).toEqual(shape)
  const numbers = toNumbers(actual)
  const errors = expected.map((value, i) => Math.abs(value - numbers[i * stride]))
  expect(Math.max(...errors), name).toBeLessThan(tolerance)
}
