/** The parts of torchvision's detectors one by one. */
import { cellAnchors, levelAnchors } from '../../src/detection/anchors.ts'
import { type BoxWeights, decodeBoxes, encodeBoxes } from '../../src/detection/box-coding.ts'
import { decodeSideDistances, encodeSideDistances } from '../../src/detection/box-linear-coding.ts'
import { featureMap } from '../../src/detection/feature-map.ts'
import { keypointTargets } from '../../src/detection/keypoint-targets.ts'
import { assignLevels } from '../../src/detection/level-assignment.ts'
import { maskTargets, ownMasks } from '../../src/detection/mask-targets.ts'
import { groundTruth, matchBoxes, matchedIndices } from '../../src/detection/match.ts'
import { poolRegions } from '../../src/detection/multi-level-roi-align.ts'
import { constant, input, type Value } from '../../src/graph/value.ts'
import { where } from '../../src/ops/elementwise.ts'
import { concat, expand, range, reshape, sizeOf, unsqueeze } from '../../src/ops/layout.ts'
import { int64, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { type Comparison, compareAll, joined, type ParityCheck } from './comparison.ts'
import { lossOutputs, lossValues } from './detector-losses.ts'
import { pasted, pastedRles, placedKeypoints } from './detector-points.ts'
import { recordedNames, recordedOutput } from './recorded-output.ts'

type Floats = Value<'float32'>
type Given = (name: string) => Floats
type Part = (golden: Golden, given: Given) => Record<string, Value>

/** Built where an output of such a name was recorded. */
const PARTS: readonly (readonly [RegExp, Part])[] = [
  [/^box_coder\./, boxCoding],
  [/^box_linear\./, sideDistances],
  [/^matcher\./, matches],
  [/^levels$/, levels],
  [/^multiscale_roi_align$/, pooled],
  [/^project\./, projected],
  [/^kp\.heatmap_/, keypoints],
]

/** After the graph. */
const HOST_PARTS: readonly (readonly [RegExp, (golden: Golden) => Record<string, Tensor>])[] = [
  [/^paste\./, pasted],
  [/^kp\.(points|scores)$/, placedKeypoints],
]

export const detectorParts: ParityCheck = async (golden) => {
  const given: Given = (name) => constant(recordedInput(golden, name) as Tensor<'float32'>)
  const feeds: Record<string, Tensor> = {}
  const names = recordedNames(golden)
  const wanted = <T>(parts: readonly (readonly [RegExp, T])[]) =>
    parts.filter(([pattern]) => names.some((name) => pattern.test(name))).map(([, part]) => part)
  const outputs = Object.assign(
    { ...anchors(golden, feeds), ...lossOutputs(golden, given) },
    ...wanted(PARTS).map((part) => part(golden, given)),
  ) as Record<string, Value>
  const results = await runGraph(outputs, feeds)
  const all = Object.assign({}, results, ...wanted(HOST_PARTS).map((part) => part(golden)))
  return joined([
    compareAll(golden, all, (name) => toleranceOf(golden, name)),
    lossValues(golden, results),
    { comparisons: [...cellAnchorValues(golden), ...pastedRles(golden)] },
  ])
}

function recordedInput({ inputs }: Golden, name: string): Tensor {
  const found = inputs.get(name)
  if (!found) throw new Error(`the case has no input ${name}`)
  return found
}

/** Coordinates to 1e-4, whole numbers exactly, the rest to 1e-5. */
function toleranceOf(golden: Golden, name: string): number {
  if (recordedOutput(golden, name)?.values.dtype === 'int64') return 0
  return /^anchors|\.decode$|^kp\.points$/.test(name) ? 1e-4 : 1e-5
}

function boxCoding(golden: Golden, given: Given): Record<string, Value> {
  const entries = golden.case.cases as readonly { key: string; op: string; weights: BoxWeights }[]
  const [targets, from] = [given('gt'), given('anchors')]
  const outputs: Record<string, Value> = {}
  for (const { key, weights } of entries.filter(({ op }) => op === 'BoxCoder')) {
    const deltas = given(`${key}.deltas`)
    const [rows, columns] = deltas.shape as number[]
    const perClass = reshape(deltas, [rows, columns / 4, 4])
    outputs[`${key}.encode`] = encodeBoxes(targets, from, weights)
    outputs[`${key}.decode`] = decodeBoxes(perClass, unsqueeze(from, 1), weights)
  }
  return outputs
}

function sideDistances(_golden: Golden, given: Given): Record<string, Value> {
  const [targets, from] = [given('gt'), given('anchors')]
  return {
    'box_linear.encode': encodeSideDistances(targets, from),
    'box_linear.decode': decodeSideDistances(given('box_linear.deltas'), from),
  }
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
    outputs[key] = concat(
      levelAnchors(
        { sizes, aspectRatios },
        maps.map((map) => featureMap(map, 1)),
        size,
      ),
      0,
    )
  }
  return outputs
}

/** `values`: the anchors of one cell, level by level. */
function cellAnchorValues(golden: Golden): Comparison[] {
  return recordedAnchors(golden).flatMap(([name, { sizes, aspect_ratios: ratios }]) => {
    const expected = (golden.case.values[`cell_anchors.${name}`] as number[][][] | undefined)?.flat(2)
    if (!expected) return []
    const ours = sizes.flatMap((level, i) => cellAnchors(level, ratios[i])).flat()
    const errors = expected.map((value, i) => Math.abs(value - ours[i]))
    const error = ours.length === expected.length ? Math.max(0, ...errors) : Number.POSITIVE_INFINITY
    return [{ name: `cell_anchors.${name}`, error, tolerance: 0 }]
  })
}

/** torchvision's numbers: the ground truth's index, -1 negative, -2 neither. */
function matches(golden: Golden, given: Given): Record<string, Value> {
  const outputs: Record<string, Value> = {}
  const candidates = constant(recordedOutput(golden, 'anchors.fpn')?.values as Tensor<'float32'>)
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

function levels(golden: Golden, given: Given): Record<string, Value> {
  const { k_min: minLevel, k_max: maxLevel } = golden.case.values.multiscale
  return { levels: assignLevels(given('levels.boxes'), { minLevel, maxLevel }) }
}

function pooled(golden: Golden, given: Given): Record<string, Value> {
  const rois = numbered(golden, given, 'pool.boxes')
  const images = rois.map((boxes, i) => expand(constant(int64([i])), [sizeOf(boxes, 0)]))
  const name = 'multiscale_roi_align'
  const outputSize = recordedOutput(golden, name)!.shape[2]
  const config = { outputSize, samplingRatio: 2, aligned: false }
  const { k_min: minLevel } = golden.case.values.multiscale
  const maps = numbered(golden, given, 'pool.feat').map((map, i) => featureMap(map, 2 ** (minLevel + i)))
  return { [name]: poolRegions(maps, concat(rois, 0), concat(images, 0), config) }
}

/** `project.targets28` has targets of 28 x 28. */
function projected(golden: Golden, given: Given): Record<string, Value> {
  const masks = recordedInput(golden, 'project.masks') as Tensor<'uint8'>
  const matched = recordedInput(golden, 'project.matched') as Tensor<'int64'>
  const all = constant(tensor('uint8', [1, ...masks.shape], masks.data))
  const names = recordedNames(golden).filter((name) => /^project\.targets\d+$/.test(name))
  return Object.fromEntries(
    names.map((name) => {
      const side = recordedOutput(golden, name)!.shape[1]
      return [name, maskTargets(ownMasks(all, constant(matched)), given('paste.boxes'), side)]
    }),
  )
}

/** The boxes of the masks hold the keypoints too; a heatmap is as large as the predicted ones. */
function keypoints(golden: Golden, given: Given): Record<string, Value> {
  const side = recordedInput(golden, 'kp.maps').shape[2]
  const { cells, isValid } = keypointTargets(given('kp.gt'), given('paste.boxes'), side)
  const [one, zero] = [constant(int64([1])), constant(int64([0]))]
  return { 'kp.heatmap_index': cells, 'kp.heatmap_valid': where(isValid, one, zero) }
}
