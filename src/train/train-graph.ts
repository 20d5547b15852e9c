import { gradients } from '../autodiff/gradients.ts'
import { FEED } from '../data/batch.ts'
import { normalizeImage, type TransformConfig } from '../detection/transform.ts'
import { ConfigError } from '../errors.ts'
import type { Dim } from '../graph/dim.ts'
import { type Graph, graph } from '../graph/graph.ts'
import { within } from '../graph/path.ts'
import { input, type Value } from '../graph/value.ts'
import type { Trainable, TrainingBatch } from '../models/training-batch.ts'
import type { ParameterSpec } from '../nn/init.ts'
import { asInputs, isWithin, rootScope } from '../nn/scope.ts'
import { add, and, cast, less, where } from '../ops/elementwise.ts'
import { range, reshape, sizeOf, slice, transpose } from '../ops/layout.ts'
import { clipByGlobalNorm, globalNorm } from '../optim/clip.ts'
import { averaged, averageSlots } from '../optim/ema.ts'
import {
  applyUpdates,
  chain,
  type GradientTransform,
  type Parameter,
  type Slot,
} from '../optim/gradient-transform.ts'

export interface TrainGraphOptions {
  /** Images of a step. */
  readonly batchSize: number
  /** Padded size of every batch; without it the graph takes any size that the model takes. */
  readonly size?: { readonly height: number; readonly width: number }
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

/** One training step as a graph: state and a batch in, losses and new state out. */
export interface TrainGraph {
  readonly graph: Graph
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

/** Name of the output that holds the new value of a tensor of the state. */
export function nextName(name: string): string {
  return `next:${name}`
}

/**
 * Builds a training step. Inputs: `images` uint8 `[N, H, W, 3]`, `image_sizes`, `gt_boxes`, `gt_labels`,
 * `gt_masks`, `gt_keypoints` (see `TrainingBatch`), the model's random inputs, `learning_rate`, and the state by name. Statistics that the
 * model renews (batch norm) are part of the state. Throws `ConfigError` where a frozen part has no parameters, or nothing is left to train.
 */
export function trainGraph(model: Trainable, options: TrainGraphOptions): TrainGraph {
  const { batchSize, optimizer, clipNorm, emaDecay, frozen = [] } = options
  const feeds = batchInputs(model, options)
  const parameters = asInputs()
  const scope = rootScope(parameters.resolve, 'batch', { frozen })
  const { losses, metrics } = model.losses(scope, feeds.batch)
  const loss = Object.values(losses).reduce((sum, part) => add(sum, part))

  const specs = [...parameters.specs.values()]
  const trained = trainedParameters(specs, frozen)
  const values = pick(parameters.inputs, trained)
  const found = gradients(loss, [...values.values()])
  const raw = new Map(trained.map(({ name }, i) => [name, found[i]]))
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
  const { next, averages } = within('update', () => {
    const step = transform.update({ updates: raw, values, state, parameters: trained })
    const moved = new Map([...applyUpdates(values, step.updates, learningRate), ...scope.updates])
    const averages = emaDecay === undefined ? [] : averageSlots(pickShapes(specs, moved))
    const kept = slotInputs(averages)
    const means = emaDecay === undefined ? [] : averaged(moved, kept, emaDecay)
    return { next: new Map([...moved, ...step.state, ...means]), averages }
  })

  const scalars = { loss, ...losses, gradient_norm: norm, ...metrics }
  const outputs = Object.fromEntries([...next].map(([name, value]) => [nextName(name), value]))
  return {
    graph: graph({ ...scalars, ...outputs }, [...feeds.inputs, learningRate]),
    model,
    batchSize,
    specs,
    slots: [...slots, ...averages],
    renewed: [...next.keys()],
    scalars: Object.keys(scalars),
  }
}

function batchInputs(model: Trainable, { batchSize, size }: TrainGraphOptions) {
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
    random,
  }
  return {
    batch,
    inputs: [images, imageSizes, boxes, labels, masks, keypoints, ...random.values()].filter(isGiven),
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
