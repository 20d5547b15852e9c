import { gradients } from '../autodiff/gradients.ts'
import { FEED } from '../data/batch.ts'
import { normalizeImage, type TransformConfig } from '../detection/transform.ts'
import { ConfigError } from '../errors.ts'
import type { Dim } from '../graph/dim.ts'
import { type Graph, graph } from '../graph/graph.ts'
import { within } from '../graph/path.ts'
import { input, type Value } from '../graph/value.ts'
import type { Losses, Trainable, TrainingBatch } from '../models/training-batch.ts'
import type { ParameterSpec } from '../nn/init.ts'
import { asInputs, isWithin, rootScope } from '../nn/scope.ts'
import { add, and, cast, less, mul, where } from '../ops/elementwise.ts'
import { range, reshape, sizeOf, slice, transpose } from '../ops/layout.ts'
import { clipByGlobalNorm, globalNorm } from '../optim/clip.ts'
import { averaged, averageSlots } from '../optim/ema.ts'
import {
  applyUpdates,
  chain,
  type GradientTransform,
  type Parameter,
  type Slot,
  type Values,
} from '../optim/gradient-transform.ts'

export interface TrainGraphOptions {
  /** Images of a step. */
  readonly batchSize: number
  /** Padded size of every batch; without it the graph takes any size that the model takes. */
  readonly size?: { readonly height: number; readonly width: number }
  /** Whether batches say which pixels are ignored (`BatchOptions.ignored`). Default false. */
  readonly ignored?: boolean
  readonly optimizer: GradientTransform
  /** Largest norm of all gradients together; not clipped where not given. */
  readonly clipNorm?: number
  /** Keeps moving averages of parameters and statistics: the part of the old average that stays in a step. */
  readonly emaDecay?: number
  /**
   * Dotted paths of parts that stay as they are, statistics of norms included: no gradient is computed for what they alone need.
   */
  readonly frozen?: readonly string[]
}

/** What a training step is, whatever graphs compute it. */
export interface TrainStep {
  readonly model: Trainable
  readonly batchSize: number
  /** Everything the model needs by name, trained or not, as it is asked for. */
  readonly specs: readonly ParameterSpec[]
  /** What the optimizer and the averages keep. */
  readonly slots: readonly Slot[]
  /** Names of the tensors that a step renews: output `next:<name>` is the next step's input `<name>`. */
  readonly renewed: readonly string[]
  /** Outputs that are scalars to be told: `loss`, its parts, `gradient_norm`, metrics. */
  readonly scalars: readonly string[]
}

/** One training step as a graph: state and a batch in, losses and new state out. */
export interface TrainGraph extends TrainStep {
  readonly graph: Graph
}

/** The same step as two graphs, with room between them for adding up the gradients of several batches. */
export interface SplitTrainGraph extends TrainStep {
  /** State and a batch in; losses, `gradient:<name>` of what is trained, and `next:<name>` of statistics out. */
  readonly gradients: Graph
  /** Sums of gradients, `gradient_scale` that makes means of them, and the state in; `gradient_norm` and the rest of the new state out. */
  readonly update: Graph
  /** What is trained, in the order in which its gradients are kept. */
  readonly trained: readonly Parameter[]
}

/** Name of the output that holds the new value of a tensor of the state. */
export function nextName(name: string): string {
  return `next:${name}`
}

/** Name of the value that goes from one graph of a split step to the other. */
export function gradientName(name: string): string {
  return `gradient:${name}`
}

/**
 * Builds a training step. Inputs: `images` uint8 `[N, H, W, 3]`, `image_sizes`, `gt_boxes`, `gt_labels`,
 * `gt_masks`, `gt_keypoints`, `ignored_area` (see `TrainingBatch`), the model's random inputs, `learning_rate`, and the state by name. Statistics that the
 * model renews (batch norm) are part of the state. Throws `ConfigError` where a frozen part has no parameters, or nothing is left to train.
 */
export function trainGraph(model: Trainable, options: TrainGraphOptions): TrainGraph {
  const found = derivatives(model, options)
  const { norm, next, slots, learningRate } = updated(found.gradients, found.statistics, found, options)
  const { loss, losses, metrics, specs, inputs } = found
  const scalars = { loss, ...losses, gradient_norm: norm, ...metrics }
  return {
    graph: graph({ ...scalars, ...nextOutputs(next) }, [...inputs, learningRate]),
    model,
    batchSize: options.batchSize,
    specs,
    slots,
    renewed: [...next.keys()],
    scalars: Object.keys(scalars),
  }
}

/**
 * Builds the step as two graphs. Gradients are clipped, and averages taken, in the second: they see the mean of all batches.
 * Inputs and errors as of `trainGraph`.
 */
export function splitTrainGraph(model: Trainable, options: TrainGraphOptions): SplitTrainGraph {
  const found = derivatives(model, options)
  const { loss, losses, metrics, specs, inputs, trained, statistics, known } = found
  const sums = trained.map(({ name, shape }) => [name, input(gradientName(name), 'float32', shape)] as const)
  const scale = input('gradient_scale', 'float32', [])
  const means = new Map(sums.map(([name, sum]) => [name, mul(sum, scale)]))
  const kept = new Map([...statistics.keys()].map((name) => [name, known.get(name)!]))
  const { norm, next, slots, learningRate } = updated(means, kept, found, options)
  const renewedLater = new Map([...next].filter(([name]) => !statistics.has(name)))
  const gradients = Object.fromEntries(
    [...found.gradients].map(([name, value]) => [gradientName(name), value]),
  )
  const scalars = { loss, ...losses, ...metrics }
  return {
    gradients: graph({ ...scalars, ...gradients, ...nextOutputs(statistics) }, inputs),
    update: graph({ gradient_norm: norm, ...nextOutputs(renewedLater) }, [
      ...sums.map(([, sum]) => sum),
      scale,
      learningRate,
    ]),
    model,
    batchSize: options.batchSize,
    specs,
    slots,
    renewed: [...next.keys()],
    scalars: [...Object.keys(scalars), 'gradient_norm'],
    trained,
  }
}

interface Derivatives {
  readonly loss: Value<'float32'>
  readonly losses: Losses
  readonly metrics: Losses
  readonly specs: readonly ParameterSpec[]
  readonly trained: readonly Parameter[]
  /** Of what is trained. */
  readonly gradients: Values
  /** New values of statistics that the model renews. */
  readonly statistics: Values
  /** Parameters and statistics before the step. */
  readonly known: Values
  /** What a batch feeds. */
  readonly inputs: readonly Value[]
}

function derivatives(model: Trainable, options: TrainGraphOptions): Derivatives {
  const { frozen = [] } = options
  const { batch, inputs } = batchInputs(model, options)
  const parameters = asInputs()
  const scope = rootScope(parameters.resolve, 'batch', { frozen })
  const { losses, metrics } = model.losses(scope, batch)
  const loss = Object.values(losses).reduce((sum, part) => add(sum, part))
  const specs = [...parameters.specs.values()]
  const trained = trainedParameters(specs, frozen)
  const found = gradients(loss, [...pick(parameters.inputs, trained).values()])
  return {
    ...{ loss, losses, metrics, specs, trained, inputs },
    gradients: new Map(trained.map(({ name }, i) => [name, found[i]])),
    statistics: scope.updates,
    known: parameters.inputs,
  }
}

/** What gradients, and statistics as they are after the step, make of the state. */
function updated(
  raw: Values,
  statistics: Values,
  { specs, trained, known }: Derivatives,
  { optimizer, clipNorm, emaDecay }: TrainGraphOptions,
) {
  const norm = globalNorm(raw)
  const transform =
    clipNorm === undefined
      ? optimizer
      : chain(
          clipByGlobalNorm(clipNorm, () => norm),
          optimizer,
        )
  const slots = transform.slots(trained)
  const state = slotInputs(slots)
  const learningRate = input('learning_rate', 'float32', [])
  return within('update', () => {
    const values = pick(known, trained)
    const step = transform.update({ updates: raw, values, state, parameters: trained })
    const moved = new Map([...applyUpdates(values, step.updates, learningRate), ...statistics])
    const averages = emaDecay === undefined ? [] : averageSlots(pickShapes(specs, moved))
    const means = emaDecay === undefined ? [] : averaged(moved, slotInputs(averages), emaDecay)
    const next: Values = new Map([...moved, ...step.state, ...means])
    return { norm, next, slots: [...slots, ...averages], learningRate }
  })
}

function nextOutputs(next: Values): Record<string, Value> {
  return Object.fromEntries([...next].map(([name, value]) => [nextName(name), value]))
}

function batchInputs(model: Trainable, { batchSize, size, ignored: hasIgnored }: TrainGraphOptions) {
  const [height, width]: Dim[] = size ? [size.height, size.width] : ['H', 'W']
  const [n, g] = [batchSize, 'G']
  const images = input(FEED.images, 'uint8', [n, height, width, 3])
  const imageSizes = input(FEED.sizes, 'float32', [n, 2])
  const boxes = input(FEED.boxes, 'float32', [n, g, 4])
  const labels = input(FEED.labels, 'int64', [n, g])
  const masks = model.finds.includes('mask') ? input(FEED.masks, 'uint8', [n, g, height, width]) : undefined
  const keypoints = model.finds.includes('keypoint')
    ? input(FEED.keypoints, 'float32', [n, g, 'keypoints', 3])
    : undefined
  const corners: Dim[] = size ? [size.height + 1, size.width + 1] : ['H_corners', 'W_corners']
  const ignored = hasIgnored ? input(FEED.ignored, 'float32', [n, ...corners]) : undefined
  const random = new Map(
    Object.keys(model.draws).map((name) => [name, input(name, 'float32', [n, `${name}_count`])]),
  )
  const batch: TrainingBatch = {
    images: within('normalize', () => normalized(images, imageSizes, model.transform)),
    imageSizes,
    boxes,
    labels,
    masks,
    keypoints,
    ignored,
    random,
  }
  return {
    batch,
    inputs: [images, imageSizes, boxes, labels, masks, keypoints, ignored, ...random.values()].filter(
      isGiven,
    ),
  }
}

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined
}

/** Normalised images as `[N, 3, H, W]`, zero outside their sizes. */
function normalized(
  images: Value<'uint8'>,
  imageSizes: Value<'float32'>,
  transform: TransformConfig,
): Value<'float32'> {
  const planes = transpose(normalizeImage(images, transform), [0, 3, 1, 2])
  const [n, height, width] = [0, 1, 2].map((axis) => sizeOf(images, axis))
  const limit = (side: number) => reshape(slice(imageSizes, 1, side, side + 1), [n, 1, 1, 1])
  const rows = reshape(cast(range(height), 'float32'), [1, 1, height, 1])
  const columns = reshape(cast(range(width), 'float32'), [1, 1, 1, width])
  return where(and(less(rows, limit(0)), less(columns, limit(1))), planes, 0)
}

function trainedParameters(specs: readonly ParameterSpec[], frozen: readonly string[]): Parameter[] {
  const empty = frozen.find((part) => !specs.some(({ name }) => isWithin(name, part)))
  if (empty !== undefined) {
    throw new ConfigError('the model has no such part to freeze', {
      where: 'frozen',
      expected: 'the beginning of names of its parameters, up to a dot',
      got: empty,
    })
  }
  const trained = specs.filter(({ kind, isFrozen }) => kind === 'param' && !isFrozen)
  if (trained.length === 0) {
    throw new ConfigError('nothing is left to train', { where: 'frozen', got: frozen.join(', ') })
  }
  return trained.map(({ name, shape, role }) => ({ name, shape, role }))
}

function pick(inputs: ReadonlyMap<string, Value<'float32'>>, parameters: readonly Parameter[]) {
  return new Map(parameters.map(({ name }) => [name, inputs.get(name)!]))
}

function pickShapes(specs: readonly ParameterSpec[], names: ReadonlyMap<string, unknown>) {
  return specs.filter(({ name }) => names.has(name))
}

function slotInputs(slots: readonly Slot[]): Map<string, Value<'float32'>> {
  return new Map(slots.map(({ name, shape }) => [name, input(name, 'float32', shape)]))
}
