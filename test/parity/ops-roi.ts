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

/** Cases in one graph: the time that a session takes to make grows with the square of its nodes. */
const TOGETHER = 4

/**
 * Runs the cases, a few in each graph, results by key. The number of RoIs is known only when the graph runs, as in the models; the
 * size of the map only where `isSizeKnown` is false, which makes gradients large graphs (they work on tiles).
 */
export async function runRoiCases(
  golden: Golden,
  cases: readonly RoiCase[],
  { isSizeKnown = true }: { readonly isSizeKnown?: boolean } = {},
): Promise<ReadonlyMap<string, RoiResult>> {
  const results = new Map<string, RoiResult>()
  for (let i = 0; i < cases.length; i += TOGETHER) {
    const found = await runTogether(golden, cases.slice(i, i + TOGETHER), isSizeKnown)
    for (const [key, result] of found) results.set(key, result)
  }
  return results
}

async function runTogether(
  golden: Golden,
  cases: readonly RoiCase[],
  isSizeKnown: boolean,
): Promise<[key: string, RoiResult][]> {
  const feeds: Record<string, Tensor> = { x: golden.inputs.get('x')! }
  const [images, channels, height, width] = feeds.x.shape
  const size = isSizeKnown ? [height, width] : ['H', 'W']
  const x = input('x', 'float32', [images, channels, ...size])
  const tables = new Map<string, Value<'float32'>>()
  for (const { rois } of cases) {
    feeds[rois] = golden.inputs.get(rois)!
    if (!tables.has(rois)) tables.set(rois, input(rois, 'float32', [`${rois}.R`, 5]))
  }
  const outputs: Record<string, Value> = {}
  const natives: Record<string, Value> = {}
  const nativeFeeds: Record<string, Tensor> = {}
  const gradientFeeds: Record<string, Tensor> = {}
  for (const example of cases) {
    const { key, op, rois, output_size: outputSize } = example
    const shape = [channels, ...outputSize]
    const outGradient = input(`${key}.outGradient`, 'float32', [`${rois}.R`, ...shape])
    gradientFeeds[`${key}.outGradient`] = hashfill(
      golden.case.seed,
      `grad.${key}`,
      [feeds[rois].shape[0], ...shape],
      1,
      0,
    )
    const problem = roiProblem(example, x, tables.get(rois)!)
    const isAlign = op === 'roi_align'
    outputs[`${key}.out`] = isAlign ? roiAlign(problem, problem) : roiPool(problem, problem)
    const [gradient] = isAlign
      ? roiAlignGradients(problem, outGradient, () => true)
      : roiPoolGradients(problem, outGradient)
    outputs[`${key}.gradient`] = gradient as Value
    if (!isAlign) continue
    natives[key] = outputs[`${key}.out`]
    Object.assign(nativeFeeds, { x: feeds.x, [rois]: feeds[rois] })
  }
  const results = await runGraph(outputs, { ...feeds, ...gradientFeeds })
  const hasNatives = Object.keys(natives).length > 0
  const byRuntime = hasNatives ? await runGraph(natives, nativeFeeds, { target: { roiAlign: 'native' } }) : {}
  return cases.map(({ key }) => [
    key,
    { out: results[`${key}.out`], gradient: results[`${key}.gradient`], native: byRuntime[key] },
  ])
}

function roiProblem(example: RoiCase, x: Value<'float32'>, table: Value<'float32'>) {
  return {
    features: [x],
    rois: slice(table, 1, 1, 5),
    batchIndices: reshape(cast(slice(table, 1, 0, 1), 'int64'), [sizeOf(table, 0)]),
    outputSize: example.output_size,
    spatialScales: [example.spatial_scale],
    samplingRatio: Math.max(0, example.sampling_ratio),
    aligned: example.aligned,
  }
}
