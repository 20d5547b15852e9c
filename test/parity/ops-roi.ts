/** RoIAlign and RoIPool of a recorded case of kind `ops`: everything it lists, by our own graphs. */
import { input, type Value } from '../../src/graph/value.ts'
import { cast } from '../../src/ops/elementwise.ts'
import { reshape, sizeOf, slice } from '../../src/ops/layout.ts'
import { roiAlign } from '../../src/ops/roi-align.ts'
import { roiAlignGradients } from '../../src/ops/roi-align-gradient.ts'
import { roiPool, roiPoolGradients } from '../../src/ops/roi-pool.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { hashfill } from '../recipe.ts'
import { runGraph } from '../run-graph.ts'

/** One entry of `case.cases`. */
export interface RoiCase {
  readonly key: string
  readonly op: 'roi_align' | 'roi_pool'
  /** Name of an input `[R, 5]`: image, x1, y1, x2, y2. */
  readonly rois: string
  readonly spatial_scale: number
  readonly sampling_ratio: number
  readonly aligned: boolean
  readonly output_size: readonly [height: number, width: number]
}

export interface RoiResult {
  readonly out: Tensor
  /** Of the map. */
  readonly gradient: Tensor
  /** The output by the runtime's own operator; RoIAlign only. */
  readonly native?: Tensor
}

export function roiCases(golden: Golden): readonly RoiCase[] {
  return (golden.case.cases as readonly RoiCase[]).filter(({ op }) => op === 'roi_align' || op === 'roi_pool')
}

/** Runs one case; sizes of maps and the number of RoIs are known only when the graph runs, as in the models. */
export async function runRoiCase(golden: Golden, example: RoiCase): Promise<RoiResult> {
  const { key, op, rois: name, spatial_scale, output_size: outputSize } = example
  const map = golden.inputs.get('x') as Tensor
  const table = golden.inputs.get(name) as Tensor
  const [images, channels] = map.shape
  const x = input('x', 'float32', [images, channels, 'H', 'W'])
  const rows = input('rois', 'float32', ['R', 5])
  const outGradient = input('outGradient', 'float32', ['R', channels, ...outputSize])
  const problem = {
    features: [x],
    rois: slice(rows, 1, 1, 5),
    batchIndices: reshape(cast(slice(rows, 1, 0, 1), 'int64'), [sizeOf(rows, 0)]),
    outputSize,
    spatialScales: [spatial_scale],
    samplingRatio: Math.max(0, example.sampling_ratio),
    aligned: example.aligned,
  }
  const isAlign = op === 'roi_align'
  const out = isAlign ? roiAlign(problem, problem) : roiPool(problem, problem)
  const [gradient] = isAlign
    ? roiAlignGradients(problem, outGradient, () => true)
    : roiPoolGradients(problem, outGradient)
  const inputs = { x: map, rois: table }
  const gradientFeed = hashfill(
    golden.case.seed,
    `grad.${key}`,
    [table.shape[0], channels, ...outputSize],
    1,
    0,
  )
  const result = await runGraph(
    { out, gradient: gradient as Value },
    { ...inputs, outGradient: gradientFeed },
  )
  const native = isAlign
    ? (await runGraph({ out }, inputs, { target: { roiAlign: 'native' } })).out
    : undefined
  return { out: result.out, gradient: result.gradient, native }
}
