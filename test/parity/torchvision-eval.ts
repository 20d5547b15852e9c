/** Complete torchvision detectors at inference, with every recorded value on the way. */

import {
  normalizeImage,
  paddedSize,
  padToBatch,
  rescaleBoxes,
  resizeBilinear,
  resizedSize,
  sizeVector,
} from '../../src/detection/transform.ts'
import { keypointsFromHeatmaps } from '../../src/geometry/keypoints-from-heatmaps.ts'
import { pasteMaskProbabilities } from '../../src/geometry/paste-mask.ts'
import { input, type Value } from '../../src/graph/value.ts'
import { buildModel } from '../../src/models/catalogue.ts'
import { fromTensors, rootScope } from '../../src/nn/scope.ts'
import { div } from '../../src/ops/elementwise.ts'
import { concat, slice, unsqueeze } from '../../src/ops/layout.ts'
import { float32, type Tensor, tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { boxRows } from './box-rows.ts'
import { channelsLast } from './channels-last.ts'
import type { Comparison, ParityCheck } from './comparison.ts'
import { largestError } from './largest-error.ts'
import { type DetectedMask, detectedMasks, maskDifferences } from './mask-differences.ts'
import { noiseTolerance } from './noise-tolerance.ts'
import { recordedNames } from './recorded-output.ts'
import { torchvisionConfig } from './torchvision-config.ts'

/** Where the reference has nearly equal scores its proposals are found by place, this many pixels away at most. */
const PROPOSAL_REACH = 0.05

export const torchvisionEval: ParityCheck = async (golden) => {
  const images = recordedImages(golden)
  const results = await runGraph(
    graphOutputs(golden, images),
    Object.fromEntries(images.map((image, i) => [`image.${i}`, image])),
  )
  const all = { ...results, ...pastedMasks(results, images), ...placedKeypoints(results, images) }
  const comparisons: Comparison[] = []
  const unsupported: string[] = []
  for (const name of recordedNames(golden)) {
    if (all[name]) comparisons.push(compared(golden, name, all[name]))
    else unsupported.push(name)
  }
  return {
    comparisons: [
      ...comparisons,
      ...maskDifferences(
        golden,
        'det',
        images.map((_, i) => masksOf(results, i) ?? []),
      ),
    ],
    unsupported,
  }
}

function recordedImages(golden: Golden): Tensor<'uint8'>[] {
  const images: Tensor<'uint8'>[] = []
  for (let i = 0; golden.inputs.has(`images.${i}`); i++) {
    images.push(channelsLast(golden.inputs.get(`images.${i}`) as Tensor<'uint8'>))
  }
  return images
}

/** Everything the reference may have recorded, by its names. */
function graphOutputs(golden: Golden, images: readonly Tensor[]): Record<string, Value> {
  const config = torchvisionConfig(golden)
  const { transform } = config
  const originals = images.map(({ shape: [height, width] }) => ({ height, width }))
  const sizes = originals.map((size) => resizedSize(size, transform))
  const side = (name: 'height' | 'width') => Math.max(...sizes.map((size) => size[name] as number))
  const padded = paddedSize({ height: side('height'), width: side('width') }, transform.sizeDivisible)
  const planes = images.map(({ shape }, i) => {
    const image = input(`image.${i}`, 'uint8', shape)
    return padToBatch(resizeBilinear(normalizeImage(image, transform), sizes[i]), padded)
  })
  const sizeVectors = sizes.map(sizeVector)
  const scope = rootScope(fromTensors(golden.weights), 'running')
  const batch = concat(
    sizeVectors.map((size) => unsqueeze(size, 0)),
    0,
  )
  const found = buildModel(config).detect(scope, { images: concat(planes, 0), sizes: batch })
  const outputs: Record<string, Value> = Object.fromEntries(scope.taps)
  const heatmaps = scope.taps.get('keypoint.logits')
  if (heatmaps) outputs['keypoint.logits.first'] = slice(heatmaps, 0, 0, 2)
  for (const [i, { boxes, scores, labels, masks, heatmaps }] of found.entries()) {
    outputs[`det_resized.${i}.boxes`] = boxes
    outputs[`ratio.${i}`] = div(sizeVector(originals[i]), sizeVectors[i])
    outputs[`det.${i}.boxes`] = rescaleBoxes(boxes, sizeVectors[i], sizeVector(originals[i]))
    outputs[`det.${i}.scores`] = scores
    outputs[`det.${i}.labels`] = labels
    if (masks) outputs[`det.${i}.masks28`] = masks
    if (heatmaps) outputs[`heatmaps.${i}`] = heatmaps
  }
  return outputs
}

function compared(golden: Golden, name: string, actual: Tensor): Comparison {
  const byPlace = /^proposals\.\d+$/.test(name) && /nearest box/.test(golden.case.comparison ?? '')
  if (byPlace) {
    return { name, error: farthestBox(golden.outputs.get(name)!, actual), tolerance: PROPOSAL_REACH }
  }
  return { name, error: largestError(golden, name, actual), tolerance: noiseTolerance(golden, name) }
}

/** For each recorded box the nearest of ours (largest difference of a coordinate); the worst of them. */
function farthestBox(expected: Tensor, actual: Tensor): number {
  if (`${expected.shape}` !== `${actual.shape}`) return Number.POSITIVE_INFINITY
  const ours = boxRows(actual)
  return Math.max(
    ...boxRows(expected).map((box) =>
      Math.min(...ours.map((other) => Math.max(...box.map((value, i) => Math.abs(value - other[i]))))),
    ),
  )
}

/** `det.I.pasted` `[D, H, W]`: probabilities pasted into the image, where there are masks. */
function pastedMasks(results: Readonly<Record<string, Tensor>>, images: readonly Tensor[]) {
  const pasted: Record<string, Tensor> = {}
  for (const [i, { shape }] of images.entries()) {
    const masks = masksOf(results, i)
    if (!masks) continue
    const size = { height: shape[0], width: shape[1] }
    const data = new Float32Array(masks.length * size.height * size.width)
    for (const [d, { mask, box }] of masks.entries()) {
      data.set(pasteMaskProbabilities(mask, box, size), d * size.height * size.width)
    }
    pasted[`det.${i}.pasted`] = tensor('float32', [masks.length, size.height, size.width], data)
  }
  return pasted
}

/**
 * `det_resized.I.keypoints` and `det.I.keypoints` `[D, K, 3]` (x, y, 1) in pixels of the network's input and of the image, and
 * `det.I.keypoints_scores` `[D, K]`.
 */
function placedKeypoints(results: Readonly<Record<string, Tensor>>, images: readonly Tensor[]) {
  const placed: Record<string, Tensor> = {}
  for (const i of images.keys()) {
    const maps = results[`heatmaps.${i}`]
    if (!maps) continue
    const [count, kinds, side] = maps.shape
    const perBox = kinds * side * side
    const points = boxRows(results[`det_resized.${i}.boxes`]).flatMap((box, d) =>
      keypointsFromHeatmaps(
        { data: (maps.data as Float32Array).subarray(d * perBox, (d + 1) * perBox), side },
        box,
      ),
    )
    const ratio = results[`ratio.${i}`].data as Float32Array
    const at = (byX: number, byY: number) =>
      float32(
        points.flatMap(({ x, y }) => [x * byX, y * byY, 1]),
        [count, kinds, 3],
      )
    placed[`det_resized.${i}.keypoints`] = at(1, 1)
    placed[`det.${i}.keypoints`] = at(ratio[1], ratio[0])
    placed[`det.${i}.keypoints_scores`] = float32(
      points.map(({ score }) => score),
      [count, kinds],
    )
  }
  return placed
}

/** Of each image; none where the model finds no masks. */
function masksOf(results: Readonly<Record<string, Tensor>>, i: number): DetectedMask[] | undefined {
  const masks = results[`det.${i}.masks28`]
  return masks && detectedMasks(masks, results[`det.${i}.boxes`])
}
