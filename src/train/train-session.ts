import type { BatchFeeds } from '../data/batch.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import { encodeModel } from '../onnx/encode.ts'
import type { CreateSession, SessionOptions } from '../runtime/session.ts'
import { random, STREAM } from '../tensor/random.ts'
import { float32, type Tensor, tensor } from '../tensor/tensor.ts'
import type { State } from './state.ts'
import { nextName, type TrainGraph, type TrainStep } from './train-graph.ts'

/** What a step is computed from. */
export interface StepInput {
  readonly state: State
  readonly seed: number
  /** Steps taken before. */
  readonly step: number
  readonly learningRate: number
  /** The next batch; undefined where there is none. A step asks for one after the other, so that no more than one is in memory. */
  next(): Promise<BatchFeeds | undefined>
  /** Memory for the tensors that the step renews, none of which is part of `state`. */
  readonly into: ReadonlyMap<string, Tensor<'float32'>>
}

export interface StepOutput {
  /** Tensors that the step renewed, by name. */
  readonly renewed: ReadonlyMap<string, Tensor<'float32'>>
  readonly scalars: Readonly<Record<string, number>>
}

/** A training step ready to run. */
export interface TrainSession {
  /** Takes a step; undefined where batches end before it is whole. */
  take(input: StepInput): Promise<StepOutput | undefined>
  dispose(): Promise<void>
}

/** A session of a training step of one graph. Throws `SessionError` as `createSession` does. */
export async function openTrainSession(
  step: TrainGraph,
  createSession: CreateSession,
  options?: SessionOptions,
): Promise<TrainSession> {
  const session = await createSession(encodeModel(toOnnx(step.graph, { name: 'training step' })), options)
  return {
    take: async (input) => {
      const batch = await input.next()
      if (!batch) return undefined
      const { learningRate, into } = input
      const feeds = {
        ...wanted(step.graph, input.state),
        ...batchFeeds(step, batch, input),
        learning_rate: float32([learningRate], []),
      }
      const targets = step.renewed.map((name) => [nextName(name), into.get(name)!])
      const out = await session.run(feeds, { into: Object.fromEntries(targets) })
      return { renewed: renewedIn(out, step.renewed), scalars: scalarsIn(out, step.scalars) }
    },
    dispose: () => session.dispose(),
  }
}

/**
 * A batch with the random numbers that the model draws for it. Those of an image depend on the seed, the step and its place in the
 * step, so that several batches draw what their images would in one.
 * @param first images of the step that came before this batch
 */
export function batchFeeds(
  { model, features }: TrainStep,
  batch: BatchFeeds,
  { seed, step }: Pick<StepInput, 'seed' | 'step'>,
  first = 0,
): Record<string, Tensor> {
  const [images, height, width] = batch.images.shape
  const size = { images, height, width, instances: batch.gt_labels.shape[1] }
  const drawn = Object.entries(model.draws).map(([name, count], i) => {
    return [name, uniformRows([images, count(size)], first, seed, STREAM.sampling, step, i)] as const
  })
  const { images: pixels, ...rest } = batch
  return { ...rest, ...(!features && { images: pixels }), ...Object.fromEntries(drawn) }
}

/** Uniform numbers in [0, 1) that depend on the key alone; each row has the place of its image, from `first` on, as the last part of its key. */
function uniformRows(
  [rows, columns]: readonly [number, number],
  first: number,
  ...key: readonly number[]
): Tensor<'float32'> {
  const data = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    const source = random(...key, first + row)
    for (let i = 0; i < columns; i++) data[row * columns + i] = source.uniform()
  }
  return tensor('float32', [rows, columns], data)
}

/** The tensors of a state that a graph asks for. */
export function wanted(
  { inputs }: TrainGraph['graph'],
  state: ReadonlyMap<string, Tensor<'float32'>>,
): Record<string, Tensor> {
  const names = inputs.map(({ source }) => (source.kind === 'input' ? source.name : ''))
  return Object.fromEntries(names.flatMap((name) => (state.has(name) ? [[name, state.get(name)!]] : [])))
}

/** The new tensors of these names among outputs. */
export function renewedIn(
  out: Readonly<Record<string, Tensor>>,
  names: readonly string[],
): Map<string, Tensor<'float32'>> {
  return new Map(names.map((name) => [name, out[nextName(name)] as Tensor<'float32'>]))
}

export function scalarsIn(
  out: Readonly<Record<string, Tensor>>,
  names: readonly string[],
): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, Number(out[name].data[0])]))
}
