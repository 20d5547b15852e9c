/** How long a training's steps and evaluations take, found out by taking a few. */

import { FEATURES_FOLDER } from './kept-features.ts'
import { runTraining } from './run.ts'
import { firstImages } from './run-data.ts'
import type { RunFiles } from './run-files.ts'
import type { RunOptions } from './run-options.ts'
import { STEPS_TO_ESTIMATE } from './time-left.ts'

/** Milliseconds. */
export interface Pace {
  /** From the start to the first step. */
  readonly opening: number
  /** Of a step, with waiting for its images. */
  readonly step: number
  /** Of an evaluation, but for its images: the checkpoint before it, and opening the model. */
  readonly evaluation: number
  /** Of each image of an evaluation. */
  readonly image: number
}

export interface Rehearsal extends Pace {
  /** Of each step. */
  readonly losses: readonly number[]
}

/** The first is slow, and its batches wait already. */
const STEPS = STEPS_TO_ESTIMATE + 1
const IMAGES = 3

/**
 * Takes the first steps of a training and evaluates them on a few images, in memory, but for features that the run has kept. A model that knows nothing finds as much as
 * it may, so that images take no longer later on. Rejects with the signal's reason when aborted, and as `runTraining` does.
 * @param most milliseconds; a machine so slow that they are over after two steps is judged by these alone
 */
export async function rehearse(
  options: Omit<RunOptions, 'files' | 'name' | 'maxSteps'> & Partial<Pick<RunOptions, 'files'>>,
  most: number,
): Promise<Rehearsal> {
  const { config, val, signal } = options
  const enough = new AbortController()
  const started = performance.now()
  const steps: number[] = []
  const images: number[] = []
  const losses: number[] = []
  let [opened, stepped] = [started, started]
  await runTraining({
    ...options,
    signal: AbortSignal.any([enough.signal, ...(signal ? [signal] : [])]),
    name: 'rehearsal',
    files: filesInMemory(options.files),
    config: { ...config, saveEvery: config.steps, evaluateEvery: config.steps },
    val: val && firstImages(val, IMAGES),
    maxSteps: Math.min(STEPS, config.steps),
    hooks: [],
    on: {
      step: ({ scalars, milliseconds: { step, wait } }) => {
        losses.push(scalars.loss)
        stepped = performance.now()
        if (steps.length === 0) opened = stepped - step
        steps.push(step + wait)
        if (steps.length >= 2 && stepped - started > most) enough.abort()
      },
      evaluating: () => {
        images.push(performance.now())
      },
    },
  })
  signal?.throwIfAborted()
  const counted = steps.length > 1 ? steps.slice(1) : steps
  const step = counted.reduce((sum, time) => sum + time, 0) / counted.length
  const opening = opened - started
  // An image seen whole takes less than the crops of a step, forwards and backwards.
  if (images.length === 0) return { opening, step, evaluation: opening, image: step, losses }
  const [first] = images
  const last = images.at(-1) ?? first
  const image = images.length > 1 ? (last - first) / (images.length - 1) : first - stepped
  return {
    opening,
    step,
    evaluation: Math.max(0, first - stepped - image),
    image,
    losses,
  }
}

/** @param kept what is read and written of features, and stays */
function filesInMemory(kept?: RunFiles): RunFiles {
  const isFeature = (name: string) => name.startsWith(`${FEATURES_FOLDER}/`)
  const content = new Map<string, Uint8Array>()
  const put = (name: string, data: Uint8Array | string) => {
    content.set(name, typeof data === 'string' ? new TextEncoder().encode(data) : data)
  }
  return {
    read: async (name) => (kept && isFeature(name) ? kept.read(name) : content.get(name)),
    write: async (name, data) => (kept && isFeature(name) ? kept.write(name, data) : put(name, data)),
    append: async (name, text) => put(name, new TextDecoder().decode(content.get(name)) + text),
    clear: async () => content.clear(),
    freeBytes: async () => undefined,
  }
}
