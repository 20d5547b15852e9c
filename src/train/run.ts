/** A whole training run: graph, data, hooks and files put together from a configuration. */
import { type Category, labelMap } from '../data/dataset.ts'
import { type LoaderPosition, loader, trainingImages } from '../data/loader.ts'
import { matchCategories, unmatchedNotes } from '../evaluation/matched-categories.ts'
import { buildModel } from '../models/catalogue.ts'
import { modelFileMetadata } from '../models/model-file.ts'
import type { ParameterSpec } from '../nn/init.ts'
import { elementCount } from '../tensor/shape.ts'
import { openBestWeights } from './best-weights.ts'
import { type CheckpointWriter, checkpointWriter, loadCheckpoint, type Progress } from './checkpoint.ts'
import { architectureOf } from './config-model.ts'
import { batchSizeOf, optimizerOf, readingOf, scheduleOf, shownAs } from './config-parts.ts'
import { earlyStop } from './early-stop.ts'
import { bestFigureOf } from './evaluation.ts'
import { type Phase, phaseAfter, phasesOf } from './frozen-parts.ts'
import { logHook, saveHook } from './hooks.ts'
import { FEATURES_FOLDER } from './kept-features.ts'
import { openMetrics } from './metrics.ts'
import { type PlannedStep, plannedStep } from './planned-step.ts'
import { optionsOfRank, stateOfFirst } from './rank-start.ts'
import { requireMasks } from './run-data.ts'
import { type Averaged, openEvaluator, type RunEvaluator, withMissedEvaluation } from './run-evaluator.ts'
import { runFeatures } from './run-features.ts'
import { CONFIG_FILE } from './run-files.ts'
import { describedCategories, learnedKeypoints } from './run-keypoints.ts'
import type { RunListener, RunOptions } from './run-options.ts'
import { startedRun } from './run-start.ts'
import { grownState } from './state.ts'
import { type Hook, type TrainResult, train } from './trainer.ts'

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
  const { ranks } = options
  const isFirst = !ranks || ranks.rank === 0
  const { config, files, platform, train: dataset, signal, on } = options
  const keypoints = learnedKeypoints(options)
  const categories = describedCategories(labelMap(dataset.categories).categories, keypoints)
  const architecture = architectureOf(config.model, categories.length, keypoints?.count)
  const model = buildModel(architecture)
  if (model.finds.includes('mask')) {
    requireMasks(dataset, config.data.train.annotations, 'training')
    if (options.val) requireMasks(options.val, config.data.val!.annotations, 'evaluation')
  }
  for (const note of unmatched(categories, options)) on?.unmatched?.(note)
  const { licence, source } = config
  const described = { architecture, categories, ...shownAs(config), licence, source }
  const metadata = modelFileMetadata({ ...described, figures: {} })
  const { seed, augment, maxInstances, batchSize, clipNorm, emaDecay, threads, planMemory } = config
  const { repeat, keepEmpty } = config.data.train
  const images = trainingImages(dataset, keepEmpty)
  const size = batchSizeOf(config, images)
  const keepsFeatures = ({ frozen }: Phase) => config.freeze?.features === 'disk' && frozen.length > 0
  const planned = (phase: Phase) =>
    plannedStep(model, {
      batchSize,
      accumulate: config.accumulate,
      ranks,
      size,
      ignored: true,
      optimizer: optimizerOf(config.optimizer),
      clipNorm: clipNorm ?? undefined,
      emaDecay: emaDecay ?? undefined,
      frozen: phase.frozen,
      groups: phase.groups,
      features: keepsFeatures(phase),
      recompute: config.recompute,
    })
  const checkpoint = await loadCheckpoint(files)
  const phases = phasesOf(model, config)
  const first = phaseAfter(phases, checkpoint?.progress.step ?? 0)
  const { step, open } = planned(phases[first])
  const started = await startedRun(step, phases[first].frozen, checkpoint, options)
  await files.write(CONFIG_FILE, `${JSON.stringify(config, null, 2)}\n`)
  const log = await openMetrics(files, started.progress.step)
  const parameters = numbersOf(step.specs.filter(({ kind }) => kind === 'param'))
  const frozen = numbersOf(step.specs.filter(({ isFrozen }) => isFrozen))
  const { frozenAtRandom, fit } = started
  const state = ranks ? await stateOfFirst(ranks, started.state) : started.state
  on?.start?.(started.progress.step, { parameters, frozen, frozenAtRandom, initialWeights: fit })

  const steps = Math.min(config.steps, options.maxSteps ?? config.steps)
  const isDue = (at: number) => at % config.evaluateEvery === 0 || at === steps
  const sessionOptions = { device: options.device, threads: threads ?? undefined }
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
  const mayMiss = isFirst && started.progress.step > 0 && isDue(started.progress.step)
  const evaluated = mayMiss
    ? await withMissedEvaluation(evaluator, started.progress, state, options)
    : started.progress
  const maker = platform.openBatchMaker(config.data.train.images, config.workers, readingOf(config))
  const early = earlyStop(config.earlyStop, files, isDue)
  await early.look(evaluated)
  const ending = signal ? AbortSignal.any([signal, early.signal]) : early.signal
  const kept = [
    logHook(log, { every: config.logEvery, last: steps, tell: on?.logged }),
    pageHook(evaluator, { every: config.logEvery, last: steps }, on),
    evaluateHook(evaluator, checkpoints, isDue),
    early.hook,
    saveHook(checkpoints, { every: config.saveEvery }),
  ]
  const hooks = [tellHook(on), ...(options.hooks ?? []), ...(isFirst ? kept : [])]
  const phaseTrained = async (
    phase: Phase,
    { step, open }: PlannedStep,
    { state, progress }: Pick<TrainResult, 'state' | 'progress'>,
  ): Promise<TrainResult> => {
    const isFresh = progress.step === phase.from
    const session = { ...sessionOptions, planMemory }
    const features = keepsFeatures(phase)
      ? await runFeatures(
          {
            model,
            phase,
            size: size!,
            state,
            maker,
            session: sessionOptions,
            images: images.length,
            isFresh,
          },
          options,
        )
      : undefined
    try {
      const batches = loader(
        {
          ...{ dataset, batchSize, seed, augment, maxInstances, size, keypoints, keepEmpty },
          maker: features ?? maker,
          masks: model.finds.includes('mask'),
          ignored: true,
          groupByAspect: config.groupByAspect,
          repeat: repeat ?? undefined,
          share: ranks && { part: ranks.rank, of: ranks.size },
        },
        progress.position as LoaderPosition,
      )
      const opened = await open(platform.createSession, session)
      try {
        return await train({
          ...{ step, session: opened, state, progress, batches, signal: ending },
          schedule: scheduleOf(config),
          steps: Math.min(phase.to, steps),
          hooks: phase.to < steps ? hooks.map((hook) => endingBefore(phase.to, hook)) : hooks,
        })
      } finally {
        await opened.dispose()
      }
    } finally {
      await features?.close()
    }
  }
  try {
    let plan: PlannedStep = { step, open }
    let at: Pick<TrainResult, 'state' | 'progress'> = { state, progress: evaluated }
    for (const [i, phase] of phases.slice(first).entries()) {
      if (i > 0) {
        plan = planned(phase)
        at = { progress: at.progress, state: grownState(plan.step, at.state) }
        on?.freed?.(at.progress.step, phase.stages)
      }
      if (phase.to < steps && at.progress.step >= phase.to) continue
      at = await phaseTrained(phase, plan, at)
      if (at.progress.step < phase.to || steps <= phase.to) break
    }
    const stoppedEarly = early.signal.aborted
    const isOver = at.progress.step >= config.steps || stoppedEarly
    if (isOver) await files.clear(FEATURES_FOLDER)
    const mean = isOver && !signal?.aborted ? await evaluator.average(at.progress, at.state) : undefined
    if (mean) on?.averaged?.(mean.averaged)
    return {
      progress: mean?.progress ?? at.progress,
      isAborted: at.progress.step < steps,
      stoppedEarly,
      averaged: mean?.averaged,
      figures: evaluator.figures(),
      bestFigure: bestFigureOf(architecture),
    }
  } finally {
    await maker.close()
  }
}

/** A hook that hears of the end of a run, and not of that of a phase after so many steps. */
function endingBefore(steps: number, hook: Hook): Hook {
  return {
    afterStep: async (moment) => hook.afterStep?.(moment),
    atEnd: async (progress, state) => (progress.step < steps ? hook.atEnd?.(progress, state) : undefined),
    atFailure: async (progress, state) => hook.atFailure?.(progress, state),
  }
}

/** What people should know of categories that training or validation lacks. Throws `DataError` where they have none in common. */
function unmatched(categories: readonly Category[], { val, config }: RunOptions): string[] {
  if (!val) return []
  const where = config.data.val!.annotations
  return unmatchedNotes(matchCategories(categories, val.categories, where)).map((note) => `${where}: ${note}`)
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
  { every, last }: { readonly every: number; readonly last: number },
  on: RunListener | undefined,
): Hook {
  return {
    afterStep: async ({ progress }) => {
      const { step } = progress
      if (on?.page && (step === 1 || step === last || step % every === 0))
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
