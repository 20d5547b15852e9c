import { averageName } from '../optim/ema.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import { BEST_CHECKPOINT, type Progress, saveCheckpoint } from './checkpoint.ts'
import type { MetricsLog } from './metrics.ts'
import type { RunFiles } from './run-files.ts'
import type { State } from './state.ts'
import type { TrainGraph } from './train-graph.ts'
import type { Hook, Moment } from './trainer.ts'

/** Writes a line of metrics every `every` steps and after the first; `tell` also hears of it. */
export function logHook(
  log: MetricsLog,
  { every, tell }: { readonly every: number; readonly tell?: (moment: Moment) => void },
): Hook {
  return {
    async afterStep(moment) {
      const { progress, scalars, learningRate, milliseconds } = moment
      if (progress.step !== 1 && progress.step % every !== 0) return undefined
      const times = { step_ms: Math.round(milliseconds.step), wait_ms: Math.round(milliseconds.wait) }
      await log.write({ step: progress.step, ...scalars, learning_rate: learningRate, ...times })
      tell?.(moment)
      return undefined
    },
  }
}

/** Writes the checkpoint every `every` steps and when the run ends. Put it last: it stores what other hooks found. */
export function saveHook(
  files: RunFiles,
  { every, metadata }: { readonly every: number; readonly metadata?: Readonly<Record<string, string>> },
): Hook {
  let saved = -1
  const save = async (progress: Progress, state: State) => {
    if (progress.step === saved) return
    await saveCheckpoint(files, state, progress, metadata)
    saved = progress.step
  }
  return {
    async afterStep({ progress, state }) {
      if (progress.step % every === 0) await save(progress, state)
      return undefined
    },
    atEnd: save,
  }
}

export interface EvaluateOptions {
  readonly every: number
  /** Figures of a model with these weights, by name. */
  readonly evaluate: (weights: ReadonlyMap<string, Tensor>) => Promise<Readonly<Record<string, number>>>
  /** The figure by which one model is better than another: the larger. */
  readonly figure: string
  readonly log: MetricsLog
  readonly files: RunFiles
  readonly metadata?: Readonly<Record<string, string>>
}

/** Evaluates every `every` steps, logs the figures and keeps the best model as `checkpoints/best.safetensors`. */
export function evaluateHook(step: TrainGraph, options: EvaluateOptions): Hook {
  const { every, evaluate, figure, log, files, metadata } = options
  return {
    async afterStep({ progress, state }) {
      if (progress.step % every !== 0) return undefined
      const weights = modelWeights(step, state)
      const figures = await evaluate(weights)
      await log.write({ step: progress.step, ...figures })
      const reached = figures[figure]
      if (progress.best && progress.best.figure >= reached) return undefined
      await files.write(BEST_CHECKPOINT, encodeSafetensors(weights, metadata))
      return { ...progress, best: { figure: reached, step: progress.step } }
    },
  }
}

/** The tensors of the model alone: the moving averages where they are kept, under the model's own names. */
export function modelWeights({ specs }: TrainGraph, state: State): Map<string, Tensor<'float32'>> {
  return new Map(specs.map(({ name }) => [name, state.get(averageName(name)) ?? state.get(name)!]))
}
