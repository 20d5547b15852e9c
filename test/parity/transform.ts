/** From bytes to the network's input, and targets and boxes along with it. */
import {
  normalizeImage,
  paddedSize,
  padToBatch,
  rescaleBoxes,
  resizeBilinear,
  resizedSize,
  resizeNearest,
  type SymbolicSize,
  sizeVector,
} from '../../src/detection/transform.ts'
import type { ResizeRule } from '../../src/geometry/fitted-size.ts'
import { input, type Value } from '../../src/graph/value.ts'
import { concat, sizeMax, sizeOf, slice } from '../../src/ops/layout.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { channelsLast } from './channels-last.ts'
import { compareAll, type ParityCheck } from './comparison.ts'
import { RECORDED_TRANSFORM } from './torchvision-config.ts'

export const transform: ParityCheck = async (golden) => {
  const feeds: Record<string, Tensor> = {}
  for (const [name, value] of golden.inputs) {
    feeds[given(name)] = name.startsWith('images.') ? channelsLast(value as Tensor<'uint8'>) : value
  }
  const results = await runGraph(graphOutputs(golden), feeds)
  return compareAll(golden, results, toleranceOf)
}

/** Inputs and outputs are recorded under the same names. */
function given(name: string): string {
  return `given.${name}`
}

/** Sizes are symbols, as in the models. */
function graphOutputs(golden: Golden): Record<string, Value> {
  const { mean, std, size_divisible: sizeDivisible, ...rest } = golden.case.config
  const resize = resizeRule(rest)
  const config = { resize, ...RECORDED_TRANSFORM, mean, std, sizeDivisible }
  const images: Value<'float32'>[] = []
  const sizes: SymbolicSize[] = []
  const outputs: Record<string, Value> = {}
  for (let i = 0; golden.inputs.has(`images.${i}`); i++) {
    const image = input(given(`images.${i}`), 'uint8', [`H${i}`, `W${i}`, 3])
    const original = { height: sizeOf(image, 0), width: sizeOf(image, 1) }
    const size = resizedSize(original, config)
    images.push(resizeBilinear(normalizeImage(image, config), size))
    sizes.push(size)
    Object.assign(outputs, targetsOf(golden, i, original, size))
  }
  const largest = sizes.reduce((a, b) => ({
    height: sizeMax(a.height, b.height),
    width: sizeMax(a.width, b.width),
  }))
  const padded = paddedSize(largest, sizeDivisible)
  const planes = images.map((image) => padToBatch(image, padded))
  return { batch: concat(planes, 0), ...outputs }
}

function targetsOf(golden: Golden, i: number, original: SymbolicSize, size: SymbolicSize) {
  const outputs: Record<string, Value> = {}
  const recorded = (name: string) => {
    const found = golden.inputs.get(name)
    return found && input(given(name), found.dtype, found.shape)
  }
  const boxes = recorded(`targets.${i}.boxes`) as Value<'float32'> | undefined
  const masks = recorded(`targets.${i}.masks`) as Value<'uint8'> | undefined
  const keypoints = recorded(`targets.${i}.keypoints`) as Value<'float32'> | undefined
  const detections = recorded(`detections.${i}.boxes`) as Value<'float32'> | undefined
  const [from, to] = [sizeVector(original), sizeVector(size)]
  if (boxes) outputs[`targets.${i}.boxes`] = rescaleBoxes(boxes, from, to)
  if (masks) outputs[`targets.${i}.masks`] = resizeNearest(masks, size)
  if (keypoints) {
    // A point is the corner of a box.
    const points = slice(keypoints, 2, 0, 2)
    const moved = slice(rescaleBoxes(concat([points, points], 2), from, to), 2, 0, 2)
    outputs[`targets.${i}.keypoints`] = concat([moved, slice(keypoints, 2, 2, 3)], 2)
  }
  if (detections) outputs[`postprocessed.${i}.boxes`] = rescaleBoxes(detections, to, from)
  return outputs
}

interface RecordedRule {
  readonly min_size: number
  readonly max_size: number
  /** Width, height. */
  readonly fixed_size: readonly [number, number] | null
}

function resizeRule({ min_size: minSize, max_size: maxSize, fixed_size: fixed }: RecordedRule): ResizeRule {
  return fixed
    ? { kind: 'fixed', width: fixed[0], height: fixed[1] }
    : { kind: 'shortest-side', minSize, maxSize }
}

function toleranceOf(name: string): number {
  if (name === 'batch') return 2e-6
  return name.endsWith('.masks') ? 0 : 1e-4
}
