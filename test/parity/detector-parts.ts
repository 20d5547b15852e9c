/** The parts of torchvision's detectors one by one. */
import { cellAnchors, levelAnchors } from '../../src/detection/anchors.ts'
import { type BoxWeights, decodeBoxes, encodeBoxes } from '../../src/detection/box-coding.ts'
import { decodeSideDistances, encodeSideDistances } from '../../src/detection/box-linear-coding.ts'
import { keypointTargets } from '../../src/detection/keypoint-targets.ts'
import { assignLevels } from '../../src/detection/level-assignment.ts'
import { maskTargets } from '../../src/detection/mask-targets.ts'
import { groundTruth, matchBoxes, matchedIndices } from '../../src/detection/match.ts'
import { multiLevelRoiAlign } from '../../src/detection/multi-level-roi-align.ts'
import { constant, input, type Value } from '../../src/graph/value.ts'
import { where } from '../../src/ops/elementwise.ts'
import { concat, expand, range, reshape, sizeOf, unsqueeze } from '../../src/ops/layout.ts'
import { int64, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { type Comparison, compareAll, joined, type ParityCheck } from './comparison.ts'
import { lossOutputs, lossValues } from './detector-losses.ts'
import { pastedBoxes, pastedMasks, pastedRles, placedKeypoints } from './detector-points.ts'

type Floats = Value<'float32'>
type Given = (name: string) => Floats

export const detectorParts: ParityCheck = async (golden) => {
  const given: Given = (name) => constant(golden.inputs.get(name) as Tensor<'float32'>)
  const feeds: Record<string, Tensor> = {}
  const { k_min: minLevel, k_max: maxLevel } = golden.case.values.multiscale
  const outputs: Record<string, Value> = {
    ...boxCoding(golden, given),
    ...anchors(golden, feeds),
    ...matches(golden, given),
    levels: assignLevels(given('levels.boxes'), { minLevel, maxLevel }),
    multiscale_roi_align: pooled(golden, given),
    'project.targets28': projected(golden, given),
    ...keypoints(golden, given),
    ...lossOutputs(golden, given),
  }
  const results = await runGraph(outputs, feeds)
  const all = {
    ...results,
    'paste.masks': pastedMasks(golden),
    'paste.expanded_int_boxes': pastedBoxes(golden),
    ...placedKeypoints(golden),
  }
  return joined([
    compareAll(golden, all, (name) => toleranceOf(golden, name)),
    lossValues(golden, results),
    { comparisons: [...cellAnchorValues(golden), pastedRles(golden)] },
  ])
}

/** Coordinates to 1e-4, whole numbers exactly, the rest to 1e-5. */
function toleranceOf({ outputs }: Golden, name: string): number {
  if (outputs.get(name)?.dtype === 'int64') return 0
  return /^anchors|\.decode$|^kp\.points$/.test(name) ? 1e-4 : 1e-5
}

function boxCoding(golden: Golden, given: Given): Record<string, Value> {
  const entries = golden.case.cases as readonly { key: string; op: string; weights: BoxWeights }[]
  const [targets, from] = [given('gt'), given('anchors')]
  const outputs: Record<string, Value> = {
    'box_linear.encode': encodeSideDistances(targets, from),
    'box_linear.decode': decodeSideDistances(given('box_linear.deltas'), from),
  }
  for (const { key, weights } of entries.filter(({ op }) => op === 'BoxCoder')) {
    const deltas = given(`${key}.deltas`)
    const [rows, columns] = deltas.shape as number[]
    const perClass = reshape(deltas, [rows, columns / 4, 4])
    outputs[`${key}.encode`] = encodeBoxes(targets, from, weights)
    outputs[`${key}.decode`] = decodeBoxes(perClass, unsqueeze(from, 1), weights)
  }
  return outputs
}

interface RecordedAnchors {
  readonly sizes: readonly number[][]
  readonly aspect_ratios: readonly number[][]
  readonly grids: readonly [number, number][]
  readonly batch_hw: readonly [number, number]
}

function recordedAnchors(golden: Golden): [key: string, RecordedAnchors][] {
  return Object.entries(golden.case.values)
    .filter(([name]) => name.startsWith('anchors_cfg.'))
    .map(([name, value]) => [name.slice('anchors_cfg.'.length), value as RecordedAnchors])
}

/** Grids and image are symbols to the graph. */
function anchors(golden: Golden, feeds: Record<string, Tensor>): Record<string, Value> {
  const outputs: Record<string, Value> = {}
  for (const [name, recorded] of recordedAnchors(golden)) {
    const key = `anchors.${name}`
    const { sizes, aspect_ratios: aspectRatios, grids, batch_hw: batch } = recorded
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

/** `values`: the anchors of one cell, level by level. */
function cellAnchorValues(golden: Golden): Comparison[] {
  return recordedAnchors(golden).flatMap(([name, { sizes, aspect_ratios: ratios }]) => {
    const expected = (golden.case.values[`cell_anchors.${name}`] as number[][][]).flat(2)
    const ours = sizes.flatMap((level, i) => cellAnchors(level, ratios[i])).flat()
    const errors = expected.map((value, i) => Math.abs(value - ours[i]))
    const error = ours.length === expected.length ? Math.max(0, ...errors) : Number.POSITIVE_INFINITY
    return [{ name: `cell_anchors.${name}`, error, tolerance: 0 }]
  })
}

/** torchvision's numbers: the ground truth's index, -1 negative, -2 neither. */
function matches(golden: Golden, given: Given): Record<string, Value> {
  const outputs: Record<string, Value> = {}
  const candidates = constant(golden.outputs.get('anchors.fpn') as Tensor<'float32'>)
  const boxes = given('match.gt')
  const labels = new Array<number>(boxes.shape[0] as number).fill(1)
  const truth = groundTruth(boxes, constant(int64(labels)))
  for (const name of golden.outputs.keys()) {
    // matcher.0.7.0.3.1: high 0.7, low 0.3, with low quality matches.
    const found = /^matcher\.(\d+\.\d+)\.(\d+\.\d+)\.([01])$/.exec(name)
    if (!found) continue
    const options = { high: Number(found[1]), low: Number(found[2]), allowLowQuality: found[3] === '1' }
    const match = matchBoxes(truth, candidates, options)
    const index = matchedIndices(match.iou, range(sizeOf(candidates, 0)))
    const neither = where(match.isNegative, constant(int64([-1])), constant(int64([-2])))
    outputs[name] = where(match.isPositive, index, neither)
  }
  return outputs
}

/** Inputs `prefix.0`, `prefix.1`, ... */
function numbered({ inputs }: Golden, given: Given, prefix: string): Floats[] {
  const values: Floats[] = []
  for (let i = 0; inputs.has(`${prefix}.${i}`); i++) values.push(given(`${prefix}.${i}`))
  return values
}

function pooled(golden: Golden, given: Given): Value {
  const rois = numbered(golden, given, 'pool.boxes')
  const images = rois.map((boxes, i) => expand(constant(int64([i])), [sizeOf(boxes, 0)]))
  const outputSize = golden.outputs.get('multiscale_roi_align')!.shape[2]
  const config = { outputSize, samplingRatio: 2, aligned: false }
  const maps = numbered(golden, given, 'pool.feat')
  return multiLevelRoiAlign(
    maps,
    concat(rois, 0),
    concat(images, 0),
    config,
    golden.case.values.multiscale.k_min,
  )
}

function projected(golden: Golden, given: Given): Value {
  const masks = golden.inputs.get('project.masks') as Tensor<'uint8'>
  const matched = golden.inputs.get('project.matched') as Tensor<'int64'>
  const all = constant(tensor('uint8', [1, ...masks.shape], masks.data))
  const side = golden.outputs.get('project.targets28')!.shape[1]
  return maskTargets(all, given('paste.boxes'), constant(matched), side)
}

/** The boxes of the masks hold the keypoints too; a heatmap is as large as the predicted ones. */
function keypoints(golden: Golden, given: Given): Record<string, Value> {
  const side = golden.inputs.get('kp.maps')!.shape[2]
  const { cells, isValid } = keypointTargets(given('kp.gt'), given('paste.boxes'), side)
  const [one, zero] = [constant(int64([1])), constant(int64([0]))]
  return { 'kp.heatmap_index': cells, 'kp.heatmap_valid': where(isValid, one, zero) }
}
