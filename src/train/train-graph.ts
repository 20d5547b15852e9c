import { gradients } from '../autodiff/gradients.ts'
import { ConfigError } from '../errors.ts'
import { type Graph, graph } from '../graph/graph.ts'
import { within } from '../graph/path.ts'
import { input, type Value } from '../graph/value.ts'
import type { Trainable } from '../models/training-batch.ts'
import type { ParameterSpec } from '../nn/init.ts'
import { isWithin } from '../nn/scope.ts'
import { add, mul } from '../ops/elementwise.ts'
import { clipByGlobalNorm, globalNorm } from '../optim/clip.ts'
import { averaged, averageSlots } from '../optim/ema.ts'
import {
  applyUpdates,
  chain,
  type GradientTransform,
  type Parameter,
  type Slot,
  scaleByRate,
  type Values,
} from '../optim/gradient-transform.ts'
import { type BatchLosses, batchLosses, featureLosses, type LossOptions } from './loss-graph.ts'
import { stageSegments } from './stage-segments.ts'

export interface TrainGraphOptions extends LossOptions {
  readonly optimizer: GradientTransform
  /** Largest norm of all gradients together; not clipped where not given. */
  readonly clipNorm?: number
  /** Keeps moving averages of parameters and statistics: the part of the old average that stays in a step. */
  readonly emaDecay?: number
  /**
   * Dotted paths of parts that stay as they are, statistics of norms included: no gradient is computed for what they alone need.
   */
  readonly frozen?: readonly string[]
  /** Parts that are trained in another way than the rest; of several that hold a parameter the first counts. */
  readonly groups?: readonly ParameterGroup[]
  /**
   * Whether maps that the frozen parts make of images are inputs (`featureName`) in place of the images, float16 as `featureGraph` makes
   * them; needs `size`. Default false.
   */
  readonly features?: boolean
  /** Whether stages of the body are computed again for their gradients in place of keeping all their maps. Default false. */
  readonly recompute?: boolean
}

/** Parameters that have a learning rate of their own, or are trained later than others, as PyTorch's parameter groups. */
export interface ParameterGroup extends Pick<Parameter, 'rate' | 'since'> {
  /** Dotted paths of parts. */
  readonly parts: readonly string[]
}

/** What a training step is, whatever graphs compute it. */
export interface TrainStep {
  readonly model: Trainable
  readonly batchSize: number
  /** Whether it asks for features in place of images. */
  readonly features: boolean
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
 * model renews (batch norm) are part of the state. Throws `ConfigError` where a frozen part has no parameters, nothing is left to train,
 * or there are no stages to recompute.
 */
export function trainGraph(model: Trainable, options: TrainGraphOptions): TrainGraph {
  const found = derivatives(model, options)
  const { norm, next, slots, learningRate } = updated(found.gradients, found.statistics, found, options)
  const { loss, losses, metrics, specs, inputs } = found
  const scalars = { loss, ...losses, gradient_norm: norm, ...metrics }
  return {
    ...stepFacts(model, options, { specs, slots, next }),
    graph: graph({ ...scalars, ...nextOutputs(next) }, [...inputs, learningRate]),
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
    ...stepFacts(model, options, { specs, slots, next }),
    gradients: graph({ ...scalars, ...gradients, ...nextOutputs(statistics) }, inputs),
    update: graph({ gradient_norm: norm, ...nextOutputs(renewedLater) }, [
      ...sums.map(([, sum]) => sum),
      scale,
      learningRate,
    ]),
    scalars: [...Object.keys(scalars), 'gradient_norm'],
    trained,
  }
}

/** What both forms of a step say of it alike. */
function stepFacts(
  model: Trainable,
  { batchSize, features = false }: TrainGraphOptions,
  { specs, slots, next }: Pick<TrainStep, 'specs' | 'slots'> & { readonly next: Values },
): Omit<TrainStep, 'scalars'> {
  return { model, batchSize, features, specs, slots, renewed: [...next.keys()] }
}

interface Derivatives extends BatchLosses {
  readonly loss: Value<'float32'>
  readonly trained: readonly Parameter[]
  /** Of what is trained. */
  readonly gradients: Values
}

function derivatives(model: Trainable, options: TrainGraphOptions): Derivatives {
  const { frozen = [], groups = [] } = options
  const { losses, metrics, specs, statistics, known, inputs } = options.features
    ? featureLosses(model, options)
    : batchLosses(model, options)
  const loss = Object.values(losses).reduce((sum, part) => add(sum, part))
  const trained = trainedParameters(specs, frozen, groups)
  const segmentOf = options.recompute ? stageSegments(model) : undefined
  const found = gradients(loss, [...pick(known, trained).values()], { segmentOf })
  return {
    ...{ loss, losses, metrics, specs, trained, inputs, statistics, known },
    gradients: new Map(trained.map(({ name }, i) => [name, found[i]])),
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
  const clip = clipNorm === undefined ? [] : [clipByGlobalNorm(clipNorm, () => norm)]
  const transform = chain(...clip, optimizer, scaleByRate())
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

function trainedParameters(
  specs: readonly ParameterSpec[],
  frozen: readonly string[],
  groups: readonly ParameterGroup[],
): Parameter[] {
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
  return trained.map(({ name, shape, role }) => {
    const { rate, since } = groups.find(({ parts }) => parts.some((part) => isWithin(name, part))) ?? {}
    return { name, shape, role, rate, since }
  })
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
