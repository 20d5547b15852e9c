/**
 * Training losses and gradients of recorded cases of kind `torchvision-train`: images are resized in the graph, the recorded
 * sampler of detectors of two stages is replayed through the priorities.
 */

import { gradients } from '../../src/autodiff/gradients.ts'
import {
  normalizeImage,
  paddedSize,
  padToBatch,
  rescaleBoxes,
  resizeBilinear,
  resizedSize,
  resizeNearest,
  sizeVector,
} from '../../src/detection/transform.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { buildModel, type ModelConfig } from '../../src/models/catalogue.ts'
import { RPN_PRIORITY } from '../../src/models/finders/refined.ts'
import { ROI_PRIORITY } from '../../src/models/sampled-rois.ts'
import type { TrainingBatch } from '../../src/models/training-batch.ts'
import { asInputs, rootScope } from '../../src/nn/scope.ts'
import { add, div, mul } from '../../src/ops/elementwise.ts'
import { gather } from '../../src/ops/gather.ts'
import { scalar } from '../../src/ops/infer.ts'
import { concat, pad, reshape, slice } from '../../src/ops/layout.ts'
import type { Dtype } from '../../src/tensor/dtype.ts'
import { int64, type Tensor, toNumbers, zeros } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { channelsLast } from './channels-last.ts'
import type { ParityCheck } from './comparison.ts'
import { torchvisionConfig } from './torchvision-config.ts'
import { trainComparisons } from './torchvision-train-compare.ts'

export const torchvisionTrain: ParityCheck = async (golden) => {
  const config = torchvisionConfig(golden)
  const model = buildModel(config)
  const { batch, height, width, targets } = resizedBatch(golden, config)
  const size = { images: imageCount(golden), height, width, instances: instanceLimit(golden) }
  const random = new Map(
    Object.entries(priorities(golden, config, (name) => [size.images, model.draws[name](size)])).map(
      ([name, numbers]) => [name, constant(numbers)],
    ),
  )
  const parameters = asInputs()
  const scope = rootScope(parameters.resolve, 'batch')
  const { losses } = model.losses(scope, { ...batch, random })
  const loss = Object.values(losses).reduce((sum, part) => add(sum, part))
  const names = Object.keys(golden.case.values.gradients).filter((name) => parameters.inputs.has(name))
  const found = gradients(
    loss,
    names.map((name) => parameters.inputs.get(name)!),
  )
  const outputs = {
    ...losses,
    ...Object.fromEntries(scope.taps),
    ...targets,
    ...Object.fromEntries(names.map((name, i) => [`gradient:${name}`, found[i]])),
    loss_total: loss,
    'transform.batch': batch.images,
  }
  const feeds = Object.fromEntries(
    [...parameters.specs.keys()].map((name) => [name, golden.weights.get(name)!]),
  )
  return trainComparisons(golden, await runGraph(outputs, feeds))
}

export function imageCount({ inputs }: Golden): number {
  return [...inputs.keys()].filter((name) => name.startsWith('images.')).length
}

function instanceLimit(golden: Golden): number {
  const { inputs } = golden
  const counts = Array.from(
    { length: imageCount(golden) },
    (_, i) => inputs.get(`targets.${i}.labels`)!.shape[0],
  )
  return Math.max(1, ...counts)
}

/** Images, boxes and masks resized and padded as torchvision's transform does in training. */
function resizedBatch(golden: Golden, { transform }: ModelConfig) {
  const { inputs } = golden
  const limit = instanceLimit(golden)
  const items = Array.from({ length: imageCount(golden) }, (_, i) => {
    const pixels = channelsLast(inputs.get(`images.${i}`) as Tensor<'uint8'>)
    const original = { height: pixels.shape[0], width: pixels.shape[1] }
    const size = resizedSize(original, transform) as { height: number; width: number }
    return { i, pixels, original, size }
  })
  const sides = { height: 0, width: 0 }
  for (const { size } of items) {
    sides.height = Math.max(sides.height, size.height)
    sides.width = Math.max(sides.width, size.width)
  }
  const padded = paddedSize(sides, transform.sizeDivisible) as { height: number; width: number }
  const targets: Record<string, Value> = {}
  const stack = <D extends Dtype>(part: (item: (typeof items)[number]) => Value<D>) =>
    concat(items.map(part), 0)
  const boxesOf = ({ i, original, size }: (typeof items)[number]) => {
    const given = inputs.get(`targets.${i}.boxes`) as Tensor<'float32'>
    const scaled = rescaleBoxes(constant(given), sizeVector(original), sizeVector(size))
    targets[`resized_targets.${i}.boxes`] = scaled
    const rows = pad(scaled, [0, 0], [limit - given.shape[0], 0], scalar('float32', 0))
    return reshape(rows, [1, limit, 4])
  }
  const masksOf = ({ i, size }: (typeof items)[number]) => {
    const resized = resizeNearest(constant(inputs.get(`targets.${i}.masks`) as Tensor<'uint8'>), size)
    targets[`resized_targets.${i}.masks`] = resized
    const count = resized.shape[0] as number
    const after = [limit - count, padded.height - size.height, padded.width - size.width]
    const whole = pad(resized, [0, 0, 0], after, scalar('uint8', 0))
    return reshape(whole, [1, limit, padded.height, padded.width])
  }
  const keypointsOf = ({ i, original, size }: (typeof items)[number]) => {
    const given = constant(inputs.get(`targets.${i}.keypoints`) as Tensor<'float32'>)
    const [count, kinds] = given.shape as number[]
    const ratio = div(sizeVector(size), sizeVector(original))
    const scaled = mul(slice(given, 2, 0, 2), gather(ratio, constant(int64([1, 0]))))
    const moved = concat([scaled, slice(given, 2, 2)], 2)
    targets[`resized_targets.${i}.keypoints`] = moved
    return reshape(pad(moved, [0, 0, 0], [limit - count, 0, 0], scalar('float32', 0)), [1, limit, kinds, 3])
  }
  const batch: Omit<TrainingBatch, 'random'> = {
    images: stack(({ pixels, size }) =>
      padToBatch(resizeBilinear(normalizeImage(constant(pixels), transform), size), padded),
    ),
    imageSizes: stack(({ size }) => reshape(sizeVector(size), [1, 2])),
    boxes: stack(boxesOf),
    labels: stack(({ i }) => {
      const labels = zeros('int64', [1, limit])
      labels.data.set(inputs.get(`targets.${i}.labels`)!.data as BigInt64Array)
      return constant(labels)
    }),
    keypoints: inputs.has('targets.0.keypoints') ? stack(keypointsOf) : undefined,
    masks: inputs.has('targets.0.masks') ? stack(masksOf) : undefined,
  }
  return { batch, targets, ...padded }
}

/** Priority 1 for the candidates that were sampled, 0 for the others. */
function priorities(
  golden: Golden,
  config: ModelConfig,
  shapeOf: (name: string) => readonly number[],
): Record<string, Tensor<'float32'>> {
  if (!('rpn' in config)) return {}
  const { outputs } = golden
  const sampled = (name: string, i: number) =>
    ['pos', 'neg'].flatMap((kind) => toNumbers(outputs.get(`${name}_sampled_${kind}.${i}`)!))
  const rpn = zeros('float32', shapeOf(RPN_PRIORITY))
  const roi = zeros('float32', shapeOf(ROI_PRIORITY))
  for (let i = 0; i < imageCount(golden); i++) {
    for (const index of sampled('rpn', i)) rpn.data[i * rpn.shape[1] + index] = 1
    const proposals = outputs.get(`rpn_proposals.${i}`)!.shape[0]
    const places = config.rpn.training.postNmsTopN
    for (const index of sampled('roi', i)) {
      const place = index < proposals ? index : places + index - proposals
      roi.data[i * roi.shape[1] + place] = 1
    }
  }
  return { [RPN_PRIORITY]: rpn, [ROI_PRIORITY]: roi }
}
