import { toOnnx } from '../graph/to-onnx.ts'
import { encodeModel } from '../onnx/encode.ts'
import type { Ranks } from '../runtime/ranks.ts'
import type { CreateSession, SessionOptions } from '../runtime/session.ts'
import { elementCount } from '../tensor/shape.ts'
import { float32, type Tensor, tensor } from '../tensor/tensor.ts'
import { meansOverRanks } from './rank-means.ts'
import { gradientName, nextName, type SplitTrainGraph } from './train-graph.ts'
import { batchFeeds, renewedIn, scalarsIn, type TrainSession, wanted } from './train-session.ts'

export interface SplitSessionOptions extends SessionOptions {
  /** Batches whose gradients make a step, in each rank. */
  readonly accumulate: number
  /** Processes whose gradients make a step together, each of batches of its own. */
  readonly ranks?: Ranks
}

/** Gradients of all that is trained, one after the other in one block, and a view of each by the name of its value. */
interface GradientBlock {
  readonly numbers: Float32Array
  readonly views: Readonly<Record<string, Tensor<'float32'>>>
}

/**
 * A session that adds the gradients of several batches, of all ranks, and takes one step by their mean. Statistics that the model renews
 * are renewed by every batch, and are the means of what they are in the ranks; losses and metrics are told as means. Throws
 * `SessionError` as `createSession` does, and whatever ranks throw.
 */
export async function openSplitSession(
  step: SplitTrainGraph,
  createSession: CreateSession,
  { accumulate, ranks, ...options }: SplitSessionOptions,
): Promise<TrainSession> {
  const open = (graph: SplitTrainGraph['update'], name: string) =>
    createSession(encodeModel(toOnnx(graph, { name })), options)
  const gradients = await open(step.gradients, 'gradients of a training step')
  const update = await open(step.update, 'update of a training step').catch(async (error) => {
    await gradients.dispose()
    throw error
  })
  const told = step.scalars.filter((name) => name in step.gradients.outputs)
  const statistics = step.renewed.filter((name) => nextName(name) in step.gradients.outputs)
  const later = step.renewed.filter((name) => nextName(name) in step.update.outputs)
  const sum = gradientBlock(step)
  const part = accumulate > 1 ? gradientBlock(step) : undefined

  return {
    take: async ({ next, state, into, learningRate, ...place }) => {
      let newest = state
      const scalars: Record<string, number> = Object.fromEntries(told.map((name) => [name, 0]))
      for (let taken = 0; taken < accumulate; taken++) {
        const batch = await next()
        if (!batch) return undefined
        const { views, numbers } = taken === 0 ? sum : part!
        const before = taken * (ranks?.size ?? 1) + (ranks?.rank ?? 0)
        const drawn = batchFeeds(step, batch, place, before * step.batchSize)
        const out = await gradients.run({ ...wanted(step.gradients, newest), ...drawn }, { into: views })
        if (taken > 0) addTo(sum.numbers, numbers)
        newest = new Map([...newest, ...renewedIn(out, statistics)])
        for (const [name, value] of Object.entries(scalarsIn(out, told))) scalars[name] += value / accumulate
      }
      if (ranks) {
        await meansOverRanks(
          ranks,
          scalars,
          statistics.map((name) => newest.get(name)!),
        )
        await ranks.sum(sum.numbers)
      }
      const feeds = {
        ...wanted(step.update, newest),
        ...sum.views,
        gradient_scale: float32([1 / (accumulate * (ranks?.size ?? 1))], []),
        learning_rate: float32([learningRate], []),
      }
      const targets = later.map((name) => [nextName(name), into.get(name)!])
      const out = await update.run(feeds, { into: Object.fromEntries(targets) })
      const renewed = new Map([
        ...statistics.map((name) => [name, newest.get(name)!] as const),
        ...renewedIn(out, later),
      ])
      return { renewed, scalars: { ...scalars, ...scalarsIn(out, ['gradient_norm']) } }
    },
    dispose: async () => {
      await gradients.dispose()
      await update.dispose()
    },
  }
}

function gradientBlock({ trained }: SplitTrainGraph): GradientBlock {
  const numbers = new Float32Array(trained.reduce((sum, { shape }) => sum + elementCount(shape), 0))
  let at = 0
  const views = trained.map(({ name, shape }) => {
    const from = at
    at += elementCount(shape)
    return [gradientName(name), tensor('float32', shape, numbers.subarray(from, at))] as const
  })
  return { numbers, views: Object.fromEntries(views) }
}

function addTo(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += part[i]
}
