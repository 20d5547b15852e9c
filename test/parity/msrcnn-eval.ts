/** Mask Scoring R-CNN complete at inference, with every recorded value on the way. */

import { normalizeImage, paddedSize, padToBatch, sizeVector } from '../../src/detection/transform.ts'
import { input, type Value } from '../../src/graph/value.ts'
import { buildModel } from '../../src/models/catalogue.ts'
import type { MaskScoringRcnnConfig } from '../../src/models/mask-scoring-rcnn.ts'
import { maskScoringRcnnResnet50Fpn } from '../../src/models/presets.ts'
import { fromTensors, rootScope } from '../../src/nn/scope.ts'
import { unsqueeze } from '../../src/ops/layout.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import { type Tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { conventional } from '../../src/weights/convention.ts'
import { maskScoringNames } from '../../src/weights/names/mask-scoring.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { redFirst } from './blue-first-images.ts'
import { boxRows } from './box-rows.ts'
import { channelsLast } from './channels-last.ts'
import { compareAll, type ParityCheck, UnsupportedCase } from './comparison.ts'
import { noiseTolerance } from './noise-tolerance.ts'

/**
 * The reference's names of settings. Ours has one limit of proposals, for each level and for all; the reference's own for a
 * level changes nothing where it is not the smaller one.
 */
const SETTINGS: Readonly<
  Record<string, (config: MaskScoringRcnnConfig, value: number) => MaskScoringRcnnConfig>
> = {
  PRE_NMS_TOP_N: (config, preNmsTopN) => withProposals(config, { preNmsTopN }),
  POST_NMS_TOP_N: (config) => config,
  FPN_POST_NMS_TOP_N: (config, postNmsTopN) => withProposals(config, { postNmsTopN }),
  SCORE_THRESH: (config, scoreThreshold) => ({ ...config, box: { ...config.box, scoreThreshold } }),
  NMS: (config, nmsThreshold) => ({ ...config, box: { ...config.box, nmsThreshold } }),
  RPN_NMS: (config, nmsThreshold) => ({ ...config, rpn: { ...config.rpn, nmsThreshold } }),
  DETECTIONS_PER_IMG: (config, maxDetections) => ({ ...config, box: { ...config.box, maxDetections } }),
}

function withProposals(
  config: MaskScoringRcnnConfig,
  limits: Partial<MaskScoringRcnnConfig['rpn']['inference']>,
): MaskScoringRcnnConfig {
  return { ...config, rpn: { ...config.rpn, inference: { ...config.rpn.inference, ...limits } } }
}

export const msrcnnEval: ParityCheck = async (golden) => {
  const config = recordedConfig(golden)
  const image = redFirst(channelsLast(golden.inputs.get('image') as Tensor<'uint8'>))
  const results = await runGraph(graphOutputs(golden, config, image), { image })
  const ours: Record<string, Tensor> = Object.fromEntries(
    Object.entries(results).map(([name, value]) => [recordedName(name), value]),
  )
  const order = orderOf(golden, ours)
  for (const name of [...Object.keys(ours).filter((key) => key.startsWith('det.')), ...PER_DETECTION]) {
    ours[name] = rowsInOrder(ours[name], order)
  }
  for (const name of ['proposals', 'det.boxes']) ours[name] = throughLastCorner(ours[name])
  return compareAll(golden, ours, (name) => noiseTolerance(golden, name))
}

/** Taps with a row for each detection. */
const PER_DETECTION = ['mask.logits', 'maskiou.out']

function recordedConfig({ case: { config, num_classes: numClasses } }: Golden): MaskScoringRcnnConfig {
  if (config.POST_NMS_TOP_N < config.FPN_POST_NMS_TOP_N) {
    throw new UnsupportedCase('fewer proposals for a level than for all')
  }
  return Object.entries(config as Readonly<Record<string, number>>).reduce((settled, [name, value]) => {
    if (!Object.hasOwn(SETTINGS, name)) throw new UnsupportedCase(`the setting ${name}`)
    return SETTINGS[name](settled, value)
  }, maskScoringRcnnResnet50Fpn(numClasses))
}

function graphOutputs(
  golden: Golden,
  config: MaskScoringRcnnConfig,
  { shape }: Tensor,
): Record<string, Value> {
  const { transform } = config
  const size = { height: shape[0], width: shape[1] }
  const pixels = input('image', 'uint8', shape)
  const images = padToBatch(normalizeImage(pixels, transform), paddedSize(size, transform.sizeDivisible))
  const scope = rootScope(fromTensors(conventional(golden.weights, maskScoringNames)), 'running')
  const [found] = buildModel(config).detect(scope, { images, sizes: unsqueeze(sizeVector(size), 0) })
  const { boxes, scores, labels, masks, maskScores } = found
  const detections = { boxes, scores, labels, masks28: masks!, mask_scores: maskScores! }
  return {
    ...Object.fromEntries(scope.taps),
    ...Object.fromEntries(Object.entries(detections).map(([name, value]) => [`det.${name}`, value])),
  }
}

/** The reference calls features by their neck, and has one image. */
function recordedName(name: string): string {
  if (name === 'features.pool') return 'fpn.4'
  return name.replace(/^features\./, 'fpn.').replace(/^(proposals|proposal_scores)\.0$/, '$1')
}

/** Which of our detections each recorded one is: of its class the nearest. Ours come by score, theirs by class and proposal. */
function orderOf({ outputs }: Golden, ours: Readonly<Record<string, Tensor>>): number[] {
  const [labels, boxes] = [toNumbers(ours['det.labels']), boxRows(ours['det.boxes'])]
  const theirs = toNumbers(outputs.get('det.labels')!)
  return boxRows(outputs.get('det.boxes')!).map((box, i) => {
    const distances = boxes.map((other, j) =>
      labels[j] === theirs[i]
        ? Math.max(...box.map((value, k) => Math.abs(value - other[k])))
        : Number.POSITIVE_INFINITY,
    )
    return distances.indexOf(Math.min(...distances))
  })
}

function rowsInOrder(value: Tensor, order: readonly number[]): Tensor {
  const row = elementCount(value.shape.slice(1))
  if (value.shape[0] !== new Set(order).size) return value
  const data = value.data.slice() as Float32Array
  for (const [to, from] of order.entries()) {
    data.set((value.data as Float32Array).subarray(from * row, (from + 1) * row), to * row)
  }
  return { ...value, data } as Tensor
}

/** Boxes as the reference has them, up to the corner of the last pixel. */
function throughLastCorner({ shape, data }: Tensor): Tensor {
  const numbers = (data as Float32Array).map((value, i) => (i % 4 < 2 ? value : value - 1))
  return { dtype: 'float32', shape, data: numbers }
}
