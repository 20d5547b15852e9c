import type { BatchFeeds } from '../data/batch.ts'
import type { LoadedBatch } from '../data/loader.ts'
import type { Trainable } from '../models/training-batch.ts'
import { adamw } from '../optim/adamw.ts'
import type { GradientTransform } from '../optim/gradient-transform.ts'
import { cosine, type Schedule, warmUp } from '../optim/schedule.ts'
import type { CreateSession, SessionOptions } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { modelWeights } from './hooks.ts'
import { plannedStep } from './planned-step.ts'
import { type State, startState } from './state.ts'
import { type Hook, train } from './trainer.ts'

export interface TrainModelOptions {
  /** A model of the catalogue (`buildModel`), or one wired by `detector`. */
  readonly model: Trainable
  /** Batches of `batchSize` images each (`makeBatch`, or tensors of your own); the training ends where they end. */
  readonly batches: AsyncIterable<BatchFeeds>
  readonly batchSize: number
  /** Batches whose gradients make a step. Default 1. */
  readonly accumulate?: number
  /** Computes the body a second time for its gradients: less memory, longer steps. Default false. */
  readonly recompute?: boolean
  /** At most. */
  readonly steps: number
  readonly createSession: CreateSession
  readonly session?: SessionOptions
  /** Padded size of every batch where all have one: faster. */
  readonly size?: { readonly height: number; readonly width: number }
  /** Whether batches say which pixels are ignored (`BatchOptions.ignored`). Default false. */
  readonly ignored?: boolean
  /** Default: AdamW with a weight decay of 0.05. */
  readonly optimizer?: GradientTransform
  /** The learning rate of every step from 0. Default: half a cosine from 5e-4, after a warm-up of a tenth of the steps. */
  readonly schedule?: Schedule
  /** Largest norm of all gradients together; null does not clip. Default 10. */
  readonly clipNorm?: number | null
  /** Dotted paths of parts that stay as they are. */
  readonly frozen?: readonly string[]
  /** Of the random start and of sampling. Default 0. */
  readonly seed?: number
  /** Tensors that replace the random start. */
  readonly weights?: ReadonlyMap<string, Tensor>
  /** Called after every step, at the end and on failure. */
  readonly hooks?: readonly Hook[]
  /** Ends the training between two steps. */
  readonly signal?: AbortSignal
}

export interface TrainedModel {
  /** By name, for `inferenceModel` or a model file. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>
  readonly state: State
  /** Steps taken. */
  readonly steps: number
  readonly isAborted: boolean
}

/**
 * Trains a model on batches from anywhere, without files: what `runTraining` does for a configuration, in its smallest form.
 * Throws `MaskwrightError` where a loss or gradient is not finite, `WeightError` for weights that the model does not have.
 */
export async function trainModel(options: TrainModelOptions): Promise<TrainedModel> {
  const { model, batches, batchSize, steps, createSession, size, seed = 0, weights, hooks, signal } = options
  const {
    clipNorm = 10,
    frozen,
    accumulate,
    recompute,
    ignored,
    optimizer = adamw({ weightDecay: 0.05 }),
  } = options
  const { step, open } = plannedStep(model, {
    ...{ batchSize, accumulate, recompute, size, ignored, optimizer, frozen },
    clipNorm: clipNorm ?? undefined,
  })
  const session = await open(createSession, options.session)
  try {
    const schedule =
      options.schedule ?? warmUp(cosine(5e-4, { steps }), { steps: Math.ceil(steps / 10), factor: 0.001 })
    const { progress, state, isAborted } = await train({
      step,
      session,
      schedule,
      steps,
      hooks,
      signal,
      state: startState(step, { seed, weights }),
      progress: { step: 0, seed, position: 0 },
      batches: numbered(batches),
    })
    return { weights: modelWeights(step, state), state, steps: progress.step, isAborted }
  } finally {
    await session.dispose()
  }
}

/** Batches as the loop takes them; their place stands for where they come from. */
async function* numbered(batches: AsyncIterable<BatchFeeds>): AsyncGenerator<LoadedBatch> {
  let index = 0
  for await (const feeds of batches) {
    index++
    yield { feeds, files: [`batch ${index}`], position: { epoch: 0, index } }
  }
}
