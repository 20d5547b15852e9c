/** A whole training run: graph, data, hooks and files put together from a configuration. */
import { type Dataset, labelMap } from '../data/dataset.ts'
import { type BatchMaker, type LoaderPosition, loader, START } from '../data/loader.ts'
import type { RgbImage } from '../data/sample.ts'
import { buildModel } from '../models/build-model.ts'
import { decodeModelFile } from '../models/model-file.ts'
import type { Picture } from '../predict/render.ts'
import type { PlotAssets } from '../report/page.ts'
import type { CreateSession, Device } from '../runtime/session.ts'
import { elementCount } from '../tensor/shape.ts'
import { matchWeights } from '../weights/load.ts'
import { BEST_CHECKPOINT, loadCheckpoint, type Progress } from './checkpoint.ts'
import type { ResolvedConfig } from './config.ts'
import { architectureOf } from './config-model.ts'
import { batchSizeOf, optimizerOf, requireSameRun, scheduleOf } from './config-parts.ts'
import { bestFigureOf } from './evaluation.ts'
import { logHook, saveHook } from './hooks.ts'
import { METRICS_FILE, openMetrics } from './metrics.ts'
import { parseMetrics, splitMetrics } from './report-data.ts'
import { openEvaluator, type RunEvaluator } from './run-evaluator.ts'
import type { RunFiles } from './run-files.ts'
import { resumedState, type State, startState } from './state.ts'
import { type TrainGraph, trainGraph } from './train-graph.ts'
import { type Hook, type Moment, openTrainSession, train } from './trainer.ts'

export const CONFIG_FILE = 'config.json'

/** What a run needs of the platform it runs on. */
export interface TrainPlatform {
  readonly createSession: CreateSession
  readonly openBatchMaker: (folder: string, workers: number) => BatchMaker & { close(): Promise<void> }
  /** Decodes images by their names in a folder. */
  readonly readImageIn: (folder: string) => (fileName: string) => Promise<RgbImage>
  readonly encodePng: (picture: Picture) => Promise<Uint8Array>
  readonly loadPlotAssets: () => Promise<PlotAssets>
}

export interface RunOptions {
  readonly config: ResolvedConfig
  readonly train: Dataset
  readonly val?: Dataset
  /** Name of the run in its report. */
  readonly name: string
  readonly files: RunFiles
  readonly platform: TrainPlatform
  /** A model file to start from, and its name for messages. */
  readonly initialWeights?: { readonly bytes: Uint8Array; readonly where: string }
  readonly device?: Device | 'auto'
  /** Ends the run early; the schedule stays that of all steps. */
  readonly maxSteps?: number
  /** Ends the run between two steps, with a checkpoint. */
  readonly signal?: AbortSignal
  readonly on?: RunListener
}

/** Told how a run goes on. */
export interface RunListener {
  /** Before the first step: steps taken so far (0 in a new run), and what the run has. */
  start?(step: number, facts: { readonly parameters: number; readonly loadedTensors?: number }): void
  step?(moment: Moment): void
  /** A step that is logged. */
  logged?(moment: Moment): void
  evaluating?(done: number, total: number): void
  evaluated?(step: number, figures: Readonly<Record<string, number>>): void
}

export interface RunResult {
  readonly progress: Progress
  /** Whether the run was ended before its last step. */
  readonly isAborted: boolean
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
export async function runTraining(options: RunOptions): Promise<RunResult> {
  const { config, files, platform, train: dataset, signal, on } = options
  const { categories } = labelMap(dataset.categories)
  const architecture = architectureOf(config.model, categories.length)
  const model = buildModel(architecture)
  const size = batchSizeOf(config)
  const { batchSize, clipNorm, emaDecay, threads, planMemory } = config
  const step = trainGraph(model, {
    batchSize,
    size,
    optimizer: optimizerOf(config.optimizer),
    clipNorm: clipNorm ?? undefined,
    emaDecay: emaDecay ?? undefined,
  })
  const started = await startedRun(step, options)
  await files.write(CONFIG_FILE, `${JSON.stringify(config, null, 2)}\n`)
  const log = await openMetrics(files, started.progress.step)
  const parameters = step.specs
    .filter(({ kind }) => kind === 'param')
    .reduce((sum, { shape }) => sum + elementCount(shape), 0)
  on?.start?.(started.progress.step, { parameters, loadedTensors: started.loadedTensors })

  const steps = Math.min(config.steps, options.maxSteps ?? config.steps)
  const isDue = (at: number) => at % config.evaluateEvery === 0 || at === steps
  const sessionOptions = { device: options.device, threads: threads ?? undefined }
  const evaluator = await openEvaluator(step, log, {
    ...{ ...options, architecture, categories, parameters },
    openSession: (bytes) => platform.createSession(bytes, sessionOptions),
  })
  const { progress, state } = await withMissedEvaluation(started, isDue, evaluator, options)
  const maker = platform.openBatchMaker(config.data.train.images, config.workers)
  try {
    const { seed, augment, maxInstances } = config
    const masks = model.learnsMasks
    const batches = loader(
      {
        dataset,
        batchSize,
        seed,
        augment,
        maker,
        maxInstances,
        size,
        masks,
        repeat: config.data.train.repeat ?? undefined,
      },
      progress.position as LoaderPosition,
    )
    const session = await openTrainSession(step, platform.createSession, { ...sessionOptions, planMemory })
    try {
      const hooks = [
        tellHook(on),
        logHook(log, { every: config.logEvery, tell: on?.logged }),
        evaluateHook(evaluator, isDue),
        saveHook(files, { every: config.saveEvery, metadata: evaluator.metadata }),
      ]
      const schedule = scheduleOf(config)
      const result = await train({ step, session, state, progress, batches, schedule, steps, hooks, signal })
      return {
        progress: result.progress,
        isAborted: result.isAborted,
        figures: evaluator.figures(),
        bestFigure: bestFigureOf(architecture),
      }
    } finally {
      await session.dispose()
    }
  } finally {
    await maker.close()
  }
}

interface StartedRun {
  readonly state: State
  readonly progress: Progress
  /** Tensors taken from the initial weights. */
  readonly loadedTensors?: number
}

/** State and progress of the last checkpoint, or of a new run. */
async function startedRun(
  step: TrainGraph,
  { config, files, initialWeights }: RunOptions,
): Promise<StartedRun> {
  const checkpoint = await loadCheckpoint(files)
  if (checkpoint) {
    const started = await files.read(CONFIG_FILE)
    if (started) requireSameRun(JSON.parse(new TextDecoder().decode(started)), config, CONFIG_FILE)
    return { state: resumedState(step, checkpoint.tensors), progress: checkpoint.progress }
  }
  const { seed } = config
  const progress: Progress = { step: 0, seed, position: START }
  if (!initialWeights) return { state: startState(step, { seed }), progress }
  const { bytes, where } = initialWeights
  const wanted = new Map(step.specs.map(({ name, shape }) => [name, { dtype: 'float32' as const, shape }]))
  const { matched } = matchWeights(wanted, decodeModelFile(bytes, where).weights)
  return { state: startState(step, { seed, weights: matched }), progress, loadedTensors: matched.size }
}

/** A run that was stopped while it evaluated takes the evaluation up again. */
async function withMissedEvaluation(
  { state, progress }: StartedRun,
  isDue: (step: number) => boolean,
  evaluator: RunEvaluator,
  { files, val }: RunOptions,
): Promise<StartedRun> {
  if (progress.step === 0 || !isDue(progress.step) || !(await isMissing(files, progress.step, val))) {
    return { state, progress }
  }
  return { state, progress: await evaluator.evaluate(progress, state) }
}

function evaluateHook(evaluator: RunEvaluator, isDue: (step: number) => boolean): Hook {
  return {
    afterStep: async ({ progress, state }) =>
      isDue(progress.step) ? evaluator.evaluate(progress, state) : undefined,
    atEnd: (progress) => evaluator.report(progress),
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

/** Whether the evaluation of a step, or without data to evaluate on its report, was interrupted. */
async function isMissing(files: RunFiles, step: number, val: Dataset | undefined): Promise<boolean> {
  if (!val) return (await files.read(BEST_CHECKPOINT)) === undefined
  const { evaluations } = splitMetrics(parseMetrics(new TextDecoder().decode(await files.read(METRICS_FILE))))
  return !evaluations.some((line) => line.step === step)
}
