/** Suppression, box functions and region pooling. */

import { boxSides, clipBoxes } from '../../src/detection/box-coding.ts'
import { pairwiseIou } from '../../src/detection/match.ts'
import { suppress } from '../../src/detection/suppress.ts'
import { batchedNms, nms, softNms } from '../../src/geometry/nms.ts'
import { constant, input, type Value } from '../../src/graph/value.ts'
import { and, greaterOrEqual } from '../../src/ops/elementwise.ts'
import { nonZero } from '../../src/ops/gather.ts'
import { reshape, sizeOf, slice } from '../../src/ops/layout.ts'
import { float32, int64, type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, type ParityCheck } from './comparison.ts'
import { roiCases, runRoiCase } from './ops-roi.ts'

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
  const ours: Record<string, Tensor> = {}
  for (const entry of golden.case.cases as readonly Entry[]) {
    Object.assign(ours, await result(entry, golden))
  }
  for (const example of roiCases(golden)) {
    const { out, gradient } = await runRoiCase(golden, example)
    ours[`${example.key}.out`] = out
    ours[`${example.key}.grad_x`] = gradient
  }
  return compareAll(golden, ours, (name) => toleranceOf(golden, name))
}

function toleranceOf({ outputs }: Golden, name: string): number {
  if (name.includes('grad')) return GRADIENT_TOLERANCE
  switch ((outputs.get(name) ?? outputs.get(`${name}.sample`))?.dtype) {
    case 'int64':
      return 0
    case 'float64':
      return 1e-12
    default:
      return OUTPUT_TOLERANCE
  }
}

async function result(entry: Entry, golden: Golden): Promise<Record<string, Tensor>> {
  const { key, inputs: from, iou_threshold: threshold } = entry
  const given = (name: string) => golden.inputs.get(`${from}.${name}`) as Tensor<'float32'>
  const first = (name: string, count: number) => slice(constant(recorded(golden, name)), 0, 0, count)
  switch (entry.op) {
    case 'nms':
      return { [key]: await suppressed(given('boxes'), given('scores'), threshold) }
    case 'batched_nms': {
      const groups = toNumbers(golden.inputs.get(`${from}.idxs`) as Tensor)
      return { [key]: int64(batchedNms(given('boxes').data, given('scores').data, groups, threshold)) }
    }
    case 'soft_nms':
      return softened(entry, given('boxes'), given('scores'))
    case 'box_iou':
      return runGraph({ [key]: pairwiseIou(first('random.boxes', 40), first('ties.boxes', 30)) })
    case 'clip_boxes_to_image':
      return runGraph({ [key]: clipBoxes(first('random.boxes', 40), constant(float32(entry.size_hw))) })
    case 'remove_small_boxes':
      return runGraph({ [key]: largeBoxes(constant(recorded(golden, from)), entry.min_size) })
    default:
      return {}
  }
}

function recorded({ inputs, outputs }: Golden, name: string): Tensor<'float32'> {
  return (inputs.get(name) ?? outputs.get(name)) as Tensor<'float32'>
}

/** In the graph, with a number of boxes it does not know; the host's way must agree. */
async function suppressed(
  boxes: Tensor<'float32'>,
  scores: Tensor<'float32'>,
  iouThreshold: number,
): Promise<Tensor> {
  const kept = suppress(input('boxes', 'float32', ['n', 4]), input('scores', 'float32', ['n']), {
    iouThreshold,
  })
  const out = await runGraph({ kept }, { boxes, scores })
  const onHost = nms(boxes.data, scores.data, iouThreshold)
  if (`${toNumbers(out.kept)}` !== `${onHost}`) throw new Error('suppression differs between graph and host')
  return out.kept
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
