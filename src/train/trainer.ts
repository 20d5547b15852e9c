import type { LoadedBatch } from '../data/loader.ts'
import { MaskwrightError } from '../errors.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import { encodeModel } from '../onnx/encode.ts'
import type { Schedule } from '../optim/schedule.ts'
import type { CreateSession, Session, SessionOptions } from '../runtime/session.ts'
import { random, STREAM } from '../tensor/random.ts'
import { elementCount } from '../tensor/shape.ts'
import { float32, type Tensor, tensor } from '../tensor/tensor.ts'
import type { Progress } from './checkpoint.ts'
import { type State, spareMemory } from './state.ts'
import { nextName, type TrainGraph } from './train-graph.ts'

/** What is known right after a step. */
export interface Moment {
  readonly progress: Progress
  /** Valid until the next step, which may overwrite it. */
  readonly state: State
  /** Losses, gradient norm and metrics of the step. */
  readonly scalars: Readonly<Record<string, number>>
  readonly learningRate: number
  /** Of the step itself, and of waiting for its batch. */
  readonly milliseconds: { readonly step: number; readonly wait: number }
}

/** Something done beside training. What `afterStep` returns replaces the progress, for the hooks after it too. */
export interface Hook {
  afterStep?(moment: Moment): Promise<Progress | undefined>
  /** Once, when the run ends: all steps taken or aborted. Not after a failure. */
  atEnd?(progress: Progress, state: State): Promise<void>
  /** Once, when the run fails (an image, a step, another hook) with steps taken whose weights are sound. */
  atFailure?(progress: Progress, state: State): Promise<void>
}

export interface TrainOptions {
  readonly step: TrainGraph
  readonly session: Session
  readonly state: State
  readonly progress: Progress
  /** Batches from `progress.position` on. */
  readonly batches: AsyncIterable<LoadedBatch>
  readonly schedule: Schedule
  /** Steps of the whole run, those already taken included. */
  readonly steps: number
  readonly hooks?: readonly Hook[]
  /** Ends the run cleanly between two steps. */
  readonly signal?: AbortSignal
}

export interface TrainResult {
  readonly progress: Progress
  readonly state: State
  readonly isAborted: boolean
}

/** A session of a training step. Throws `SessionError` as `createSession` does. */
export function openTrainSession(
  step: TrainGraph,
  createSession: CreateSession,
  options?: SessionOptions,
): Promise<Session> {
  return createSession(encodeModel(toOnnx(step.graph, { name: 'training step' })), options)
}

/**
 * Takes steps until there are `steps` of them or the signal says so. A step is a pure function of state, batch, seed and
 * step number, so a run that continues from a checkpoint is the run that was never stopped. Throws `MaskwrightError` where
 * a loss or gradient is not finite, naming the images; weights that led there are not worth keeping, so hooks do not hear
 * of this failure and the last checkpoint stays.
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { step, session, schedule, steps, hooks = [], signal } = options
  let { state, progress } = options
  let spare: Map<string, Tensor<'float32'>> | undefined
  let isSound = true
  const batches = progress.step < steps ? options.batches[Symbol.asyncIterator]() : undefined
  try {
    while (batches && progress.step < steps && !signal?.aborted) {
      const asked = performance.now()
      const { done, value: batch } = await batches.next()
      if (done) break
      const started = performance.now()
      const learningRate = schedule(progress.step)
      const feeds = stepFeeds(step, state, batch.feeds, progress, learningRate)
      const target = spare ?? spareMemory(step, state)
      const { scalars, next } = await takeStep(step, session, feeds, target)
      const ended = performance.now()
      isSound = Object.values(scalars).every(Number.isFinite)
      if (!isSound) throw divergence(scalars, progress.step + 1, batch.files)
      // The tensors the run began with are the caller's and never overwritten.
      spare = progress.step === options.progress.step ? undefined : renewedOf(step, state)
      state = new Map([...state, ...next])
      progress = { ...progress, step: progress.step + 1, position: batch.position }
      const milliseconds = { step: ended - started, wait: started - asked }
      for (const hook of hooks) {
        const moment = { progress, state, scalars, learningRate, milliseconds }
        progress = (await hook.afterStep?.(moment)) ?? progress
      }
    }
    for (const hook of hooks) await hook.atEnd?.(progress, state)
  } catch (error) {
    const isWorthKeeping = isSound && progress.step > options.progress.step
    // The first failure is the one to tell of.
    if (isWorthKeeping) for (const hook of hooks) await hook.atFailure?.(progress, state).catch(() => {})
    throw error
  } finally {
    await batches?.return?.()
  }
  return { progress, state, isAborted: progress.step < steps }
}

function stepFeeds(
  { model, graph }: TrainGraph,
  state: State,
  batch: Readonly<Record<string, Tensor>>,
  { seed, step }: Progress,
  learningRate: number,
): Record<string, Tensor> {
  const [images, height, width] = batch.images.shape
  const size = { images, height, width, instances: batch.gt_labels.shape[1] }
  const drawn = Object.entries(model.draws).map(
    ([name, count], i) => [name, uniform([images, count(size)], seed, STREAM.sampling, step, i)] as const,
  )
  const feeds: Record<string, Tensor> = { ...batch, ...Object.fromEntries(drawn) }
  feeds.learning_rate = float32([learningRate], [])
  const wanted = new Set(graph.inputs.map(({ source }) => (source.kind === 'input' ? source.name : '')))
  for (const [name, value] of state) if (wanted.has(name)) feeds[name] = value
  return feeds
}

/** Uniform numbers in [0, 1) that depend on the key alone. */
function uniform(shape: readonly number[], ...key: readonly number[]): Tensor<'float32'> {
  const source = random(...key)
  const data = new Float32Array(elementCount(shape))
  for (let i = 0; i < data.length; i++) data[i] = source.uniform()
  return tensor('float32', shape, data)
}

async function takeStep(
  { renewed, scalars }: TrainGraph,
  session: Session,
  feeds: Readonly<Record<string, Tensor>>,
  target: ReadonlyMap<string, Tensor<'float32'>>,
) {
  const into = Object.fromEntries(renewed.map((name) => [nextName(name), target.get(name)!]))
  const out = await session.run(feeds, { into })
  return {
    next: new Map(renewed.map((name) => [name, out[nextName(name)] as Tensor<'float32'>])),
    scalars: Object.fromEntries(scalars.map((name) => [name, Number(out[name].data[0])])),
  }
}

function renewedOf({ renewed }: TrainGraph, state: State): Map<string, Tensor<'float32'>> {
  return new Map(renewed.map((name) => [name, state.get(name)!]))
}

function divergence(
  scalars: Readonly<Record<string, number>>,
  step: number,
  files: readonly string[],
): MaskwrightError {
  const bad = Object.entries(scalars).filter(([, value]) => !Number.isFinite(value))
  return new MaskwrightError('training has left the finite numbers', {
    where: `step ${step}`,
    got: bad.map(([name, value]) => `${name} ${value}`).join(', '),
    hint: `Lower the learning rate or clip gradients; the images were ${files.join(', ')}`,
  })
}
