import { averageName } from '../optim/ema.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { CheckpointWriter } from './checkpoint.ts'
import type { MetricsLog } from './metrics.ts'
import type { State } from './state.ts'
import type { TrainStep } from './train-graph.ts'
import type { Hook, Moment } from './trainer.ts'

/** Writes a line of metrics every `every` steps, after the first and after the `last`; `tell` also hears of it. */
export function logHook(
  log: MetricsLog,
  {
    every,
    isLast,
    tell,
  }: {
    readonly every: number
    readonly isLast?: (step: number) => boolean
    readonly tell?: (moment: Moment) => void
  },
): Hook {
  return {
    async afterStep(moment) {
      const { progress, scalars, learningRate, milliseconds } = moment
      const { step } = progress
      if (step !== 1 && step % every !== 0 && !isLast?.(step)) return undefined
      const times = { step_ms: Math.round(milliseconds.step), wait_ms: Math.round(milliseconds.wait) }
      await log.write({ step, ...scalars, learning_rate: learningRate, ...times })
      tell?.(moment)
      return undefined
    },
  }
}

/**
 * Writes the checkpoint every `every` steps, when the run ends, and of the last step when it fails. Put it last: it stores
 * what other hooks found.
 */
export function saveHook(checkpoints: CheckpointWriter, { every }: { readonly every: number }): Hook {
  return {
    async afterStep({ progress, state }) {
      if (progress.step % every === 0) await checkpoints.save(progress, state)
      return undefined
    },
    atEnd: (progress, state) => checkpoints.save(progress, state),
    atFailure: async (progress, state) => {
      // What is there of this step may know of an evaluation that the failure left unsaid.
      if (checkpoints.savedStep() !== progress.step) await checkpoints.save(progress, state)
    },
  }
}

/** The tensors of the model alone: the moving averages where they are kept, under the model's own names. */
export function modelWeights({ specs }: TrainStep, state: State): Map<string, Tensor<'float32'>> {
  return new Map(specs.map(({ name }) => [name, state.get(averageName(name)) ?? state.get(name)!]))
}
