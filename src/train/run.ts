/** A whole training run: graph, data, hooks and files put together from a configuration. */
import type { ParameterSpec } from '../nn/init.ts'
import { elementCount } from '../tensor/shape.ts'
import { openBestWeights } from './best-weights.ts'
import { type CheckpointWriter, checkpointWriter, loadCheckpoint, type Progress } from './checkpoint.ts'
import { earlyStop } from './early-stop.ts'
import { bestFigureOf } from './evaluation.ts'
import { logHook, saveHook } from './hooks.ts'
import { FEATURES_FOLDER } from './kept-features.ts'
import { openMetrics } from './metrics.ts'
import { optionsOfRank, stateOfFirst } from './rank-start.ts'
import { type Averaged, openEvaluator, type RunEvaluator, withMissedEvaluation } from './run-evaluator.ts'
import { CONFIG_FILE } from './run-files.ts'
import { runModel } from './run-model.ts'
import type { RunListener, RunOptions } from './run-options.ts'
import { runPhases } from './run-phases.ts'
import { startedRun } from './run-start.ts'
import type { Hook } from './trainer.ts'

export interface RunResult {
  readonly progress: Progress
  /** Whether the run was ended before its last step. */
  readonly isAborted: boolean
  /** Whether it was so for its evaluations, which got no better. */
  readonly stoppedEarly: boolean
  /** What came of the mean of the best weights, where the run is over and was to make one. */
  readonly averaged?: Averaged
  /** Figures of the last evaluation of this call, by name. */
  readonly figures: Readonly<Record<string, number>>
  /** Name of the figure that `progress.best` is about. */
  readonly bestFigure: string
}

/**
 * Trains as the configuration says, from the last checkpoint in `files` where there is one, else from the start. Throws
 * `ConfigError` where the run in the folder was started with other settings, `DataError` and `WeightError` for
 * data and weights that cannot be used.
 */
export async function runTraining(given: RunOptions): Promise<RunResult> {
  const options = await optionsOfRank(given)
  const { config, ranks, files, platform, signal, finish, on } = options
  const learned = runModel(options)
  const checkpoint = await loadCheckpoint(files)
  const phases = runPhases(learned, options, checkpoint?.progress.step ?? 0)
  const { step } = phases
  const started = await startedRun(step, phases.frozen, checkpoint, options)
  await files.write(CONFIG_FILE, `${JSON.stringify(config, null, 2)}\n`)
  const log = await openMetrics(files, started.progress.step)
  const parameters = numbersOf(step.specs.filter(({ kind }) => kind === 'param'))
  const frozen = numbersOf(step.specs.filter(({ isFrozen }) => isFrozen))
  const { frozenAtRandom, fit } = started
  const state = ranks ? await stateOfFirst(ranks, started.state) : started.state
  on?.start?.(started.progress.step, { parameters, frozen, frozenAtRandom, initialWeights: fit })

  const steps = Math.min(config.steps, options.maxSteps ?? config.steps)
  const isLast = (at: number) => at === steps || finish?.aborted === true
  const isDue = (at: number) => at % config.evaluateEvery === 0 || isLast(at)
  const sessionOptions = { device: options.device, threads: config.threads ?? undefined }
  const { architecture, categories, metadata } = learned
  const checkpoints = checkpointWriter(files, metadata)
  const { averageBest } = config
  const evaluator = await openEvaluator(step, log, {
    ...options,
    bestWeights: averageBest ? await openBestWeights(files, averageBest, started.progress.step) : undefined,
    architecture,
    categories,
    parameters,
    save: checkpoints.save,
    openSession: (bytes) => platform.createSession(bytes, sessionOptions),
  })
  const isFirst = !ranks || ranks.rank === 0
  const mayMiss = isFirst && started.progress.step > 0 && isDue(started.progress.step)
  const progress = mayMiss
    ? await withMissedEvaluation(evaluator, started.progress, state, options)
    : started.progress
  const early = earlyStop(config.earlyStop, files, isDue)
  await early.look(progress)
  const kept = [
    logHook(log, { every: config.logEvery, isLast, tell: on?.logged }),
    pageHook(evaluator, { every: config.logEvery, isLast }, on),
    evaluateHook(evaluator, checkpoints, isDue),
    early.hook,
    saveHook(checkpoints, { every: config.saveEvery }),
  ]
  const end = await phases.train(
    { state, progress },
    {
      steps,
      hooks: [tellHook(on), ...(options.hooks ?? []), ...(isFirst ? kept : [])],
      signal: AbortSignal.any([early.signal, ...(signal ? [signal] : []), ...(finish ? [finish] : [])]),
    },
  )
  const stoppedEarly = early.signal.aborted
  const isFinished = finish?.aborted === true
  const isOver = end.progress.step >= config.steps || stoppedEarly || isFinished
  if (isOver) await files.clear(FEATURES_FOLDER)
  const mean = isOver && !signal?.aborted ? await evaluator.average(end.progress, end.state) : undefined
  if (mean) on?.averaged?.(mean.averaged)
  return {
    progress: mean?.progress ?? end.progress,
    isAborted: end.progress.step < steps && !isFinished,
    stoppedEarly,
    averaged: mean?.averaged,
    figures: evaluator.figures(),
    bestFigure: bestFigureOf(architecture),
  }
}

function numbersOf(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)
}

/** Stores the step before evaluating it: an evaluation takes long, and may fail. */
function evaluateHook(
  evaluator: RunEvaluator,
  checkpoints: CheckpointWriter,
  isDue: (step: number) => boolean,
): Hook {
  return {
    afterStep: async ({ progress, state }) => {
      if (!isDue(progress.step)) return undefined
      await checkpoints.save(progress, state)
      return evaluator.evaluate(progress, state)
    },
    atEnd: (progress) => evaluator.report(progress),
  }
}

/** Tells the report anew after the steps that are logged; comes after what logs them. */
function pageHook(
  evaluator: RunEvaluator,
  { every, isLast }: { readonly every: number; readonly isLast: (step: number) => boolean },
  on: RunListener | undefined,
): Hook {
  return {
    afterStep: async ({ progress }) => {
      const { step } = progress
      if (on?.page && (step === 1 || step % every === 0 || isLast(step)))
        on.page(await evaluator.page(progress))
      return undefined
    },
  }
}

function tellHook(on: RunListener | undefined): Hook {
  return {
    afterStep: async (moment) => {
      on?.step?.(moment)
      return undefined
    },
  }
}
