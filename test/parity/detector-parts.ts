/** The parts of torchvision's detectors one by one. */
import { gradients } from '../../src/autodiff/gradients.ts'
import { levelAnchors } from '../../src/detection/anchors.ts'
import { type BoxWeights, decodeBoxes, encodeBoxes } from '../../src/detection/box-coding.ts'
import { assignLevels } from '../../src/detection/level-assignment.ts'
import { maskTargets } from '../../src/detection/mask-targets.ts'
import { groundTruth, matchBoxes, matchedIndices } from '../../src/detection/match.ts'
import { multiLevelRoiAlign } from '../../src/detection/multi-level-roi-align.ts'
import type { Box } from '../../src/geometry/boxes.ts'
import { pasteMaskProbabilities } from '../../src/geometry/paste-mask.ts'
import { constant, input, type Value } from '../../src/graph/value.ts'
import { sigmoidFocal, smoothL1, softmaxCrossEntropy } from '../../src/nn/losses.ts'
import { where } from '../../src/ops/elementwise.ts'
import { concat, expand, range, reshape, sizeOf, unsqueeze } from '../../src/ops/layout.ts'
import { reduceMean, reduceSum } from '../../src/ops/reduce.ts'
import { int64, type Tensor, tensor, toNumbers, zeros } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { compareAll, type ParityCheck } from './comparison.ts'

type Floats = Value<'float32'>

export const detectorParts: ParityCheck = async (golden) => {
  const given = (name: string) => constant(golden.inputs.get(name) as Tensor<'float32'>)
  const feeds: Record<string, Tensor> = {}
  const outputs: Record<string, Value> = {
    ...boxCoding(golden, given),
    ...anchors(golden, feeds),
    ...matches(golden, given),
    levels: assignLevels(given('levels.boxes'), { minLevel: 2, maxLevel: 5 }),
    multiscale_roi_align: pooled(given),
    'project.targets28': projected(golden, given),
    ...lossGradients(golden, given),
  }
  const results = await runGraph(outputs, feeds)
  const all = { ...results, 'paste.masks': pasted(golden) }
  return compareAll(golden, all, (name) => toleranceOf(golden, name))
}

/** Coordinates to 1e-4, whole numbers exactly, the rest to 1e-5. */
function toleranceOf({ outputs }: Golden, name: string): number {
  if (outputs.get(name)?.dtype === 'int64') return 0
  return /^anchors|\.decode$/.test(name) ? 1e-4 : 1e-5
}

function boxCoding(golden: Golden, given: (name: string) => Floats): Record<string, Value> {
  const entries = golden.case.cases as readonly { key: string; op: string; weights: BoxWeights }[]
  const outputs: Record<string, Value> = {}
  for (const { key, weights } of entries.filter(({ op }) => op === 'BoxCoder')) {
    const deltas = reshape(given(`${key}.deltas`), [50, 3, 4])
    outputs[`${key}.encode`] = encodeBoxes(given('gt'), given('anchors'), weights)
    outputs[`${key}.decode`] = decodeBoxes(deltas, unsqueeze(given('anchors'), 1), weights)
  }
  return outputs
}

interface RecordedAnchors {
  readonly sizes: readonly number[][]
  readonly aspect_ratios: readonly number[][]
  readonly grids: readonly [number, number][]
  readonly batch_hw: readonly [number, number]
}

/** Grids and image are symbols to the graph. */
function anchors(golden: Golden, feeds: Record<string, Tensor>): Record<string, Value> {
  const outputs: Record<string, Value> = {}
  for (const [name, value] of Object.entries(golden.case.values)) {
    if (!name.startsWith('anchors_cfg.')) continue
    const key = name.replace('anchors_cfg', 'anchors')
    const { sizes, aspect_ratios: aspectRatios, grids, batch_hw: batch } = value as RecordedAnchors
    const sized = (part: string, [height, width]: readonly [number, number]) => {
      feeds[`${key}.${part}`] = zeros('float32', [1, 1, height, width])
      return input(`${key}.${part}`, 'float32', [1, 1, `${key}.${part}.H`, `${key}.${part}.W`])
    }
    const image = sized('image', batch)
    const maps = grids.map((grid, i) => sized(`${i}`, grid))
    const size = { height: sizeOf(image, 2), width: sizeOf(image, 3) }
    outputs[key] = concat(levelAnchors({ sizes, aspectRatios }, maps, size), 0)
  }
  return outputs
}

/** torchvision's numbers: the ground truth's index, -1 negative, -2 neither. */
function matches(golden: Golden, given: (name: string) => Floats): Record<string, Value> {
  const outputs: Record<string, Value> = {}
  const candidates = constant(golden.outputs.get('anchors.fpn') as Tensor<'float32'>)
  const boxes = given('match.gt')
  const truth = groundTruth(boxes, constant(int64([1, 1, 1, 1, 1, 1])))
  for (const name of golden.outputs.keys()) {
    const found = /^matcher\.([\d.]+)\.([\d.]+)\.([01])$/.exec(name)
    if (!found) continue
    const [high, low] = thresholds(name)
    const match = matchBoxes(truth, candidates, { high, low, allowLowQuality: found[3] === '1' })
    const index = matchedIndices(match.iou, range(sizeOf(candidates, 0)))
    const neither = where(match.isNegative, constant(int64([-1])), constant(int64([-2])))
    outputs[name] = where(match.isPositive, index, neither)
  }
  return outputs
}

/** `matcher.0.7.0.3.1` has 0.7 and 0.3. */
function thresholds(name: string): [number, number] {
  const [, a, b, c, d] = name.split('.')
  return [Number(`${a}.${b}`), Number(`${c}.${d}`)]
}

function pooled(given: (name: string) => Floats): Value {
  const rois = [given('pool.boxes.0'), given('pool.boxes.1')]
  const images = rois.map((boxes, i) => expand(constant(int64([i])), [sizeOf(boxes, 0)]))
  const maps = [0, 1, 2, 3].map((level) => given(`pool.feat.${level}`))
  const config = { outputSize: 7, samplingRatio: 2, aligned: false }
  return multiLevelRoiAlign(maps, concat(rois, 0), concat(images, 0), config)
}

function projected(golden: Golden, given: (name: string) => Floats): Value {
  const masks = golden.inputs.get('project.masks') as Tensor<'uint8'>
  const matched = golden.inputs.get('project.matched') as Tensor<'int64'>
  const all = constant(tensor('uint8', [1, ...masks.shape], masks.data))
  return maskTargets(all, given('paste.boxes'), constant(matched), 28)
}

function lossGradients(golden: Golden, given: (name: string) => Floats): Record<string, Value> {
  const outputs: Record<string, Value> = {}
  for (const name of golden.outputs.keys()) {
    const found = /^focal\.(-?[\d.]+)\.(\d+)\.grad$/.exec(name)
    if (!found) continue
    const options = { alpha: Number(found[1]), gamma: Number(found[2]) }
    const x = given('focal.x')
    outputs[name] = gradients(reduceSum(sigmoidFocal(x, given('focal.t'), options)), [x])[0]
  }
  const a = given('smooth.a')
  outputs['smooth_l1.grad'] = gradients(reduceSum(smoothL1(a, given('smooth.b'), { beta: 1 / 9 })), [a])[0]
  const logits = given('ce.logits')
  const [rows, classes] = (golden.inputs.get('ce.logits') as Tensor).shape
  const labels = constant(int64(Array.from({ length: rows }, (_, i) => i % classes)))
  outputs['cross_entropy.grad'] = gradients(reduceMean(softmaxCrossEntropy(logits, labels)), [logits])[0]
  return outputs
}

function pasted(golden: Golden): Tensor {
  const masks = golden.inputs.get('paste.masks') as Tensor<'float32'>
  const boxes = toNumbers(golden.inputs.get('paste.boxes') as Tensor)
  const [height, width] = golden.case.values['paste.image_hw'] as [number, number]
  const [count, , side] = masks.shape
  const data = new Float32Array(count * height * width)
  for (let i = 0; i < count; i++) {
    const [x1, y1, x2, y2] = boxes.slice(4 * i, 4 * i + 4)
    const mask = { data: masks.data.subarray(i * side * side, (i + 1) * side * side), side }
    const box: Box = [x1, y1, x2, y2]
    data.set(pasteMaskProbabilities(mask, box, { height, width }), i * height * width)
  }
  return tensor('float32', [count, height, width], data)
}
