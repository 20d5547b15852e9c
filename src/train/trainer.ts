import type { LoadedBatch } from '../data/loader.ts'
import { MaskwrightError } from '../errors.ts'
import type { Schedule } from '../optim/schedule.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Progress } from './checkpoint.ts'
import { type State, spareMemory } from './state.ts'
import type { TrainStep } from './train-graph.ts'
import type { TrainSession } from './train-session.ts'

/** What is known right after a step. */
export interface Moment {
  readonly progress: Progress
  /** Valid until the next step, which may overwrite it. */
  readonly state: State
  /** Losses, gradient norm and metrics of the step. */
  readonly scalars: Readonly<Record<string, number>>
  readonly learningRate: number
  /** Of the step itself, and of waiting for its batches. */
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
  readonly step: TrainStep
  readonly session: TrainSession
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
      const learningRate = schedule(progress.step)
      const { seed } = progress
      const into = spare ?? spareMemory(step, state)
      const source = batchesOfStep(batches)
      const out = await session
        .take({
          state,
          into,
          seed,
          step: progress.step,
          learningRate,
          next: source.next,
        })
        .catch(undoneBy(signal))
      if (!out) break
      const { scalars } = out
      const { files, position, wait } = source.taken
      const milliseconds = { step: performance.now() - asked - wait, wait }
      isSound = Object.values(scalars).every(Number.isFinite)
      if (!isSound) throw divergence(scalars, progress.step + 1, files)
      // The tensors the run began with are the caller's and never overwritten.
      spare = progress.step === options.progress.step ? undefined : renewedOf(step, state)
      state = new Map([...state, ...out.renewed])
      progress = { ...progress, step: progress.step + 1, position }
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

/** Batches for one step, and what is known of those that it took. */
function batchesOfStep(batches: AsyncIterator<LoadedBatch>) {
  const taken = { files: [] as string[], position: undefined as unknown, wait: 0 }
  const next = async () => {
    const asked = performance.now()
    const { done, value } = await batches.next()
    taken.wait += performance.now() - asked
    if (done) return undefined
    taken.files.push(...value.files)
    taken.position = value.position
    return value.feeds
  }
  return { next, taken }
}

/** A step that the signal ended while it waited for other ranks was not taken. */
function undoneBy(signal: AbortSignal | undefined) {
  return (error: unknown): undefined => {
    if (signal?.aborted && error === signal.reason) return undefined
    throw error
  }
}

function renewedOf({ renewed }: TrainStep, state: State): Map<string, Tensor<'float32'>> {
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
