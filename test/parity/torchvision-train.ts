/**
 * Training losses and gradients of recorded cases of kind `torchvision-train` for the two-stage detectors: images are
 * resized in the graph, the recorded sampler is replayed through the priorities.
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
import type { TrainingBatch } from '../../src/models/training-batch.ts'
import {
  MASK_BRANCH_DEFAULTS,
  type MaskBranchConfig,
  TWO_STAGE_DEFAULTS,
  type TwoStageConfig,
} from '../../src/models/two-stage-config.ts'
import { ROI_PRIORITY, RPN_PRIORITY } from '../../src/models/two-stage-losses.ts'
import { twoStageTraining } from '../../src/models/two-stage-training.ts'
import { asInputs, rootScope } from '../../src/nn/scope.ts'
import { add } from '../../src/ops/elementwise.ts'
import { scalar } from '../../src/ops/infer.ts'
import { concat, pad, reshape } from '../../src/ops/layout.ts'
import { type Tensor, tensor, toNumbers, zeros } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'

/** One compared number or array. */
export interface Comparison {
  readonly output: string
  readonly error: number
  readonly tolerance: number
}

const MASKED = new Set(['maskrcnn_resnet50_fpn'])
const BOXED = new Set(['fasterrcnn_resnet50_fpn'])

/** Whether the model of the case is one of these detectors. */
export function isTwoStageTraining({ case: { kind, model } }: Golden): boolean {
  return kind === 'torchvision-train' && (MASKED.has(model) || BOXED.has(model))
}

/** Runs losses and gradients of a case and compares everything recorded that has a counterpart here. */
export async function runTorchvisionTrain(golden: Golden): Promise<Comparison[]> {
  const config = configOf(golden)
  const model = twoStageTraining(config)
  const images = imageCount(golden)
  const { batch, height, width } = resizedBatch(golden, config)
  const size = { images, height, width, instances: instanceLimit(golden) }
  const random = new Map(
    Object.entries(priorities(golden, config, model.randomInputs(size))).map(([name, numbers]) => [
      name,
      constant(numbers),
    ]),
  )
  const parameters = asInputs()
  const { losses, trace } = model.losses(rootScope(parameters.resolve), { ...batch, random })
  const loss = Object.values(losses).reduce((sum, part) => add(sum, part))
  const { gradients: recorded } = golden.case.values
  const names = Object.keys(recorded)
  const found = gradients(
    loss,
    names.map((name) => parameters.inputs.get(name)!),
  )
  const outputs = {
    ...losses,
    ...trace,
    ...Object.fromEntries(names.map((name, i) => [`gradient:${name}`, found[i]])),
    'transform.batch': batch.images,
  }
  const feeds = Object.fromEntries(
    [...parameters.specs.keys()].map((name) => [name, golden.weights.get(name)!]),
  )
  const out = await runGraph(outputs, feeds)
  return [
    ...compareLosses(golden, out),
    ...compareTrace(golden, out),
    ...names.flatMap((name) => compareGradient(golden, name, out[`gradient:${name}`])),
  ]
}

function configOf({
  case: { config, model },
}: Golden): TwoStageConfig & { readonly mask?: MaskBranchConfig } {
  const base = TWO_STAGE_DEFAULTS
  const limits = {
    preNmsTopN: config.rpn_pre_nms_top_n_train ?? base.rpn.training.preNmsTopN,
    postNmsTopN: config.rpn_post_nms_top_n_train ?? base.rpn.training.postNmsTopN,
  }
  const rpnTargets = {
    ...base.rpn.targets,
    size: config.rpn_batch_size_per_image ?? base.rpn.targets.size,
  }
  const boxTargets = {
    ...base.box.targets,
    size: config.box_batch_size_per_image ?? base.box.targets.size,
  }
  return {
    ...base,
    numClasses: config.num_classes,
    rpn: { ...base.rpn, training: limits, targets: rpnTargets },
    box: { ...base.box, targets: boxTargets },
    mask: MASKED.has(model) ? MASK_BRANCH_DEFAULTS : undefined,
    transform: {
      ...base.transform,
      resize: { kind: 'shortest-side', minSize: config.min_size ?? 800, maxSize: config.max_size ?? 1333 },
    },
  }
}

function imageCount({ inputs }: Golden): number {
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
function resizedBatch(golden: Golden, { transform }: TwoStageConfig) {
  const { inputs } = golden
  const limit = instanceLimit(golden)
  const items = Array.from({ length: imageCount(golden) }, (_, i) => {
    const pixels = channelsLast(inputs.get(`images.${i}`) as Tensor<'uint8'>)
    const original = { height: pixels.shape[0], width: pixels.shape[1] }
    const size = resizedSize(original, transform.resize) as { height: number; width: number }
    return { i, pixels, original, size }
  })
  const sides = { height: 0, width: 0 }
  for (const { size } of items) {
    sides.height = Math.max(sides.height, size.height)
    sides.width = Math.max(sides.width, size.width)
  }
  const padded = paddedSize(sides, transform.sizeDivisible) as { height: number; width: number }
  const stack = <D extends 'float32' | 'int64' | 'uint8'>(part: (item: (typeof items)[number]) => Value<D>) =>
    concat(items.map(part), 0)
  const masks = inputs.has('targets.0.masks')
    ? stack(({ i, size }) => {
        const resized = resizeNearest(constant(inputs.get(`targets.${i}.masks`) as Tensor<'uint8'>), size)
        const count = resized.shape[0] as number
        const after = [limit - count, padded.height - size.height, padded.width - size.width]
        return reshape(pad(resized, [0, 0, 0], after, scalar('uint8', 0)), [
          1,
          limit,
          padded.height,
          padded.width,
        ])
      })
    : undefined
  const batch: Omit<TrainingBatch, 'random'> = {
    images: stack(({ pixels, size }) =>
      padToBatch(resizeBilinear(normalizeImage(constant(pixels), transform), size), padded),
    ),
    imageSizes: stack(({ size }) => reshape(sizeVector(size), [1, 2])),
    boxes: stack(({ i, original, size }) => {
      const given = inputs.get(`targets.${i}.boxes`) as Tensor<'float32'>
      const scaled = rescaleBoxes(constant(given), sizeVector(original), sizeVector(size))
      const rows = pad(scaled, [0, 0], [limit - given.shape[0], 0], scalar('float32', 0))
      return reshape(rows, [1, limit, 4])
    }),
    labels: stack(({ i }) => {
      const labels = zeros('int64', [1, limit])
      labels.data.set(inputs.get(`targets.${i}.labels`)!.data as BigInt64Array)
      return constant(labels)
    }),
    masks,
  }
  return { batch, ...padded }
}

function channelsLast({ shape: [channels, height, width], data }: Tensor<'uint8'>): Tensor<'uint8'> {
  const pixels = new Uint8Array(data.length)
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < height * width; i++) pixels[i * channels + c] = data[c * height * width + i]
  return tensor('uint8', [height, width, channels], pixels)
}

/** Priority 1 for the candidates that were sampled, 0 for the others. */
function priorities(
  golden: Golden,
  config: TwoStageConfig,
  shapes: Readonly<Record<string, readonly number[]>>,
): Record<string, Tensor<'float32'>> {
  const { outputs } = golden
  const sampled = (name: string, i: number) =>
    ['pos', 'neg'].flatMap((kind) => toNumbers(outputs.get(`${name}_sampled_${kind}.${i}`)!))
  const rpn = zeros('float32', shapes[RPN_PRIORITY])
  const roi = zeros('float32', shapes[ROI_PRIORITY])
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

function compareLosses(golden: Golden, out: Readonly<Record<string, Tensor>>): Comparison[] {
  const losses = golden.case.values.losses as Record<string, number>
  return Object.entries(losses).map(([name, expected]) => ({
    output: name,
    error: Math.abs(Number(out[name].data[0]) - expected) / Math.abs(expected),
    tolerance: 1e-4,
  }))
}

function compareTrace(golden: Golden, out: Readonly<Record<string, Tensor>>): Comparison[] {
  const noise = golden.case.f32_vs_f64.arrays
  const comparisons: Comparison[] = []
  const compare = (
    output: string,
    got: readonly number[],
    expected: readonly number[],
    tolerance: number,
  ) => {
    const error =
      got.length === expected.length
        ? got.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i])), 0)
        : Number.POSITIVE_INFINITY
    comparisons.push({ output, error, tolerance })
  }
  const recorded = (name: string) => toNumbers(golden.outputs.get(name)!)
  const batch = golden.case.stats['transform.batch']
  compare(
    'transform.batch',
    toNumbers(out['transform.batch']).filter((_, i) => i % batch.sample_stride === 0),
    recorded('transform.batch.sample'),
    1e-5,
  )
  for (let i = 0; i < imageCount(golden); i++) {
    const proposals = `rpn_proposals.${i}`
    compare(proposals, toNumbers(out[proposals]), recorded(proposals), 10 * noise[proposals].max_abs_diff)
    for (const name of ['rpn_sampled_pos', 'rpn_sampled_neg', 'roi_sampled_pos', 'roi_sampled_neg']) {
      const got = toNumbers(out[`${name}.${i}`]).sort((a, b) => a - b)
      compare(`${name}.${i}`, got, recorded(`${name}.${i}`), 0)
    }
    // Recorded rows are all sampled boxes by index; ours are the positives in the order they were drawn.
    const positives = toNumbers(out[`roi_sampled_pos.${i}`])
    const order = positives.map((_, row) => row).sort((a, b) => positives[a] - positives[b])
    const rows = recorded(`roi.${i}.labels`).flatMap((label, row) => (label > 0 ? [row] : []))
    for (const [ours, theirs, width] of [
      ['positive_boxes', 'boxes', 4],
      ['positive_matched_gt', 'matched_gt', 1],
      ['positive_labels', 'labels', 1],
      ['positive_reg_targets', 'reg_targets', 4],
    ] as const) {
      const name = `roi.${i}.${theirs}`
      const got = toNumbers(out[`roi.${i}.${ours}`])
      const expected = recorded(name)
      compare(
        name,
        order.flatMap((row) => got.slice(row * width, (row + 1) * width)),
        rows.flatMap((row) => expected.slice(row * width, (row + 1) * width)),
        10 * (noise[name]?.max_abs_diff ?? 0),
      )
    }
  }
  return comparisons
}

function compareGradient(golden: Golden, name: string, gradient: Tensor): Comparison[] {
  const { l2, indices, values } = golden.case.values.gradients[name]
  const numbers = toNumbers(gradient)
  const norm = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0))
  const worst = (indices as number[]).reduce(
    (error, index, i) => Math.max(error, Math.abs(numbers[index] - values[i])),
    0,
  )
  const noise = [golden.case.f32_vs_f64, golden.case.f32_alternative_convolution].map(
    (source) => source.gradients[name]?.max_abs ?? 0,
  )
  const largest = Math.max(...(values as number[]).map(Math.abs))
  return [
    { output: `gradient ${name} (norm)`, error: l2 === 0 ? norm : Math.abs(norm - l2) / l2, tolerance: 5e-3 },
    { output: `gradient ${name}`, error: worst, tolerance: 5 * Math.max(...noise) + 2e-3 * largest },
  ]
}
