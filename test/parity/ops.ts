/** Suppression, box functions and region pooling. */
import { boxSides, clipBoxes } from '../../src/detection/box-coding.ts'
import { pairwiseIou } from '../../src/detection/match.ts'
import { suppressWithinClasses } from '../../src/detection/suppress.ts'
import { generalizedBoxIou } from '../../src/geometry/boxes.ts'
import { batchedNms, nms, softNms } from '../../src/geometry/nms.ts'
import { constant, input, type Value } from '../../src/graph/value.ts'
import { and, greaterOrEqual } from '../../src/ops/elementwise.ts'
import { nonZero } from '../../src/ops/gather.ts'
import { expand, reshape, sizeOf } from '../../src/ops/layout.ts'
import { float32, int64, type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { boxRows } from './box-rows.ts'
import { compareAll, type ParityCheck, UnsupportedCase } from './comparison.ts'
import { type RoiResult, roiCases, runRoiCases } from './ops-roi.ts'
import { recordedOutput } from './recorded-output.ts'

interface Entry {
  readonly op: string
  readonly key: string
  readonly inputs: string
  readonly iou_threshold: number
  readonly method: 'linear' | 'gaussian' | 'hard'
  readonly sigma: number
  readonly score_threshold: number
  readonly size_hw: readonly number[]
  readonly min_size: number
}

const OUTPUT_TOLERANCE = 1e-5
const GRADIENT_TOLERANCE = 2e-5

export const ops: ParityCheck = async (golden) => {
  const work: Work = { ours: {}, outputs: {}, feeds: {}, onHost: {} }
  for (const entry of golden.case.cases as readonly Entry[]) plan(entry, golden, work)
  const { ours, outputs, feeds, onHost } = work
  if (Object.keys(outputs).length > 0) Object.assign(ours, await runGraph(outputs, feeds))
  for (const [key, kept] of Object.entries(onHost)) {
    if (`${toNumbers(ours[key])}` !== `${kept}`) throw new Error(`${key} differs between graph and host`)
  }
  const regions = roiCases(golden)
  const pooled = regions.length > 0 ? await runRoiCases(golden, regions) : new Map<string, RoiResult>()
  for (const [key, { out, gradient }] of pooled) {
    ours[`${key}.out`] = out
    ours[`${key}.grad_x`] = gradient
  }
  return compareAll(golden, ours, (name) => toleranceOf(golden, name))
}

/** All entries run in one graph. */
interface Work {
  /** What is done on the host. */
  readonly ours: Record<string, Tensor>
  readonly outputs: Record<string, Value>
  readonly feeds: Record<string, Tensor>
  /** What suppression on the host keeps: it must be what the graph keeps. */
  readonly onHost: Record<string, readonly number[]>
}

function toleranceOf(golden: Golden, name: string): number {
  if (name.includes('grad')) return GRADIENT_TOLERANCE
  switch (recordedOutput(golden, name)?.values.dtype) {
    case 'int64':
      return 0
    case 'float64':
      return 1e-12
    default:
      return OUTPUT_TOLERANCE
  }
}

function plan(entry: Entry, golden: Golden, { ours, outputs, feeds, onHost }: Work): void {
  const { key, inputs: from, iou_threshold: threshold } = entry
  const given = (name: string) => golden.inputs.get(`${from}.${name}`) as Tensor<'float32'>
  switch (entry.op) {
    case 'nms': {
      const [boxes, scores] = [given('boxes'), given('scores')]
      const count = `${key}.n`
      const rows = input(`${key}.boxes`, 'float32', [count, 4])
      const likelihood = input(`${key}.scores`, 'float32', [count])
      const oneClass = expand(constant(int64([0])), [sizeOf(rows, 0)])
      const kept = suppressWithinClasses(rows, likelihood, oneClass, {
        classCount: 1,
        iouThreshold: threshold,
      })
      outputs[key] = kept.indices
      Object.assign(feeds, { [`${key}.boxes`]: boxes, [`${key}.scores`]: scores })
      onHost[key] = nms(boxes.data, scores.data, threshold)
      return
    }
    case 'batched_nms': {
      const groups = toNumbers(golden.inputs.get(`${from}.idxs`) as Tensor)
      ours[key] = int64(batchedNms(given('boxes').data, given('scores').data, groups, threshold))
      return
    }
    case 'soft_nms':
      Object.assign(ours, softened(entry, given('boxes'), given('scores')))
      return
    case 'box_iou': {
      const [a, b] = chosenPair(entry, golden)
      outputs[key] = pairwiseIou(constant(a), constant(b))
      return
    }
    case 'generalized_box_iou': {
      const [a, b] = chosenPair(entry, golden).map(boxRows)
      const values = a.flatMap((box) => b.map((other) => generalizedBoxIou(box, other)))
      ours[key] = float32(values, [a.length, b.length])
      return
    }
    case 'clip_boxes_to_image':
      outputs[key] = clipBoxes(constant(chosen(from, golden)), constant(float32(entry.size_hw)))
      return
    case 'remove_small_boxes':
      outputs[key] = largeBoxes(constant(chosen(from, golden)), entry.min_size)
  }
}

/** `random.boxes[:40] x ties.boxes[:30]`; entries that do not say take the pair of `box_iou`. */
function chosenPair({ inputs }: Entry, golden: Golden): Tensor<'float32'>[] {
  const entries = golden.case.cases as readonly Entry[]
  const text = inputs ?? entries.find(({ op }) => op === 'box_iou')?.inputs
  const parts = text?.split(' x ') ?? []
  if (parts.length !== 2) throw new UnsupportedCase(`the pair of inputs ${text}`)
  return parts.map((part) => chosen(part, golden))
}

/** `random.boxes[:40]` is the first 40 rows of an input, a name alone all of an input or output. */
function chosen(text: string, { inputs, outputs }: Golden): Tensor<'float32'> {
  const [, name, count] = /^([\w.]+?)(?:\[:(\d+)\])?$/.exec(text) ?? []
  const boxes = (inputs.get(name) ?? outputs.get(name)) as Tensor<'float32'> | undefined
  if (!boxes) throw new UnsupportedCase(`the input ${text}`)
  const rows = Math.min(boxes.shape[0], Number(count ?? Number.POSITIVE_INFINITY))
  return tensor('float32', [rows, 4], boxes.data.slice(0, rows * 4))
}

function softened(entry: Entry, boxes: Tensor<'float32'>, scores: Tensor<'float32'>): Record<string, Tensor> {
  const { key, iou_threshold: threshold, method, sigma, score_threshold: minScore } = entry
  if (method === 'hard') {
    const kept = nms(boxes.data, scores.data, threshold).filter((i) => scores.data[i] >= minScore)
    return { [`${key}.keep`]: int64(kept), [`${key}.scores`]: doubles(kept.map((i) => scores.data[i])) }
  }
  const found = softNms(boxes.data, scores.data, { method, threshold, sigma, minScore })
  return { [`${key}.keep`]: int64(found.indices), [`${key}.scores`]: doubles(found.scores) }
}

function doubles(values: readonly number[]): Tensor {
  return tensor('float64', [values.length], Float64Array.from(values))
}

function largeBoxes(boxes: Value<'float32'>, side: number): Value {
  const { width, height } = boxSides(boxes)
  const isLarge = reshape(and(greaterOrEqual(width, side), greaterOrEqual(height, side)), [sizeOf(boxes, 0)])
  const indices = nonZero(isLarge)
  return reshape(indices, [sizeOf(indices, 1)])
}
