/** A whole training run: graph, data, hooks and files put together from a configuration. */
import { type Category, type Dataset, labelMap } from '../data/dataset.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import { type BatchMaker, type LoaderPosition, loader, START } from '../data/loader.ts'
import type { RgbImage } from '../data/picture.ts'
import { matchCategories, unmatchedNotes } from '../evaluation/matched-categories.ts'
import { buildModel } from '../models/catalogue.ts'
import { type InitialWeights, readInitialWeights } from '../models/initial-weights.ts'
import { decodePretrained, modelFileMetadata } from '../models/model-file.ts'
import type { ParameterSpec } from '../nn/init.ts'
import type { PlotAssets } from '../report/page.ts'
import type { EncodeJpeg } from '../report/picture-budget.ts'
import type { CreateSession, Device } from '../runtime/session.ts'
import { elementCount } from '../tensor/shape.ts'
import { type CheckpointWriter, checkpointWriter, loadCheckpoint, type Progress } from './checkpoint.ts'
import { architectureOf } from './config-model.ts'
import {
  batchSizeOf,
  optimizerOf,
  otherData,
  readingOf,
  requireSameRun,
  scheduleOf,
  shownAs,
} from './config-parts.ts'
import { bestFigureOf } from './evaluation.ts'
import { logHook, saveHook } from './hooks.ts'
import { withReadableBest } from './kept-best.ts'
import { openMetrics } from './metrics.ts'
import { plannedStep } from './planned-step.ts'
import { requireMasks } from './run-data.ts'
import { openEvaluator, type RunEvaluator, withMissedEvaluation } from './run-evaluator.ts'
import type { RunFiles } from './run-files.ts'
import { describedCategories, learnedKeypoints } from './run-keypoints.ts'
import { fittingWeights, resumedState, type State, startState, type WeightsFit, wantedOf } from './state.ts'
import type { ResolvedConfig } from './train-config.ts'
import type { TrainStep } from './train-graph.ts'
import { type Hook, type Moment, train } from './trainer.ts'

/** The resolved configuration of a run, in its folder from the start on. */
export const CONFIG_FILE = 'config.json'

/** What a run needs of the platform it runs on. */
export interface TrainPlatform {
  readonly createSession: CreateSession
  readonly openBatchMaker: (
    folder: string,
    workers: number,
    reading: ReadingOptions,
  ) => BatchMaker & { close(): Promise<void> }
  /** Decodes images by their names in a folder. */
  readonly readImageIn: (folder: string, reading: ReadingOptions) => (fileName: string) => Promise<RgbImage>
  readonly encodeJpeg: EncodeJpeg
  readonly loadPlotAssets: () => Promise<PlotAssets>
  /** The file of a body's weights that comes with the package. */
  readonly loadBodyWeights: (body: string) => Promise<Uint8Array>
}

export interface RunOptions {
  readonly config: ResolvedConfig
  /** Which flag or file a setting is from, for messages. */
  readonly whereOf?: (path: readonly string[]) => string
  readonly train: Dataset
  readonly val?: Dataset
  /** Name of the run in its report. */
  readonly name: string
  readonly files: RunFiles
  readonly platform: TrainPlatform
  /** A file of weights to start from, of any format, and its name for messages. */
  readonly initialWeights?: { readonly bytes: Uint8Array; readonly where: string }
  readonly device?: Device | 'auto'
  /** Ends the run early; the schedule stays that of all steps. */
  readonly maxSteps?: number
  /** Ends the run between two steps, with a checkpoint. */
  readonly signal?: AbortSignal
  readonly on?: RunListener
  /** Done after every step, before the run logs, evaluates and stores it. */
  readonly hooks?: readonly Hook[]
}

/** What a run has before its first step. */
export interface StartFacts {
  /** Numbers in all parameters, and in those that stay as they are. */
  readonly parameters: number
  readonly frozen: number
  /** Whether all of those, in a new run, are random numbers. */
  readonly frozenAtRandom: boolean
  readonly initialWeights?: WeightsFit
}

/** Told how a run goes on. */
export interface RunListener {
  /** Before the first step: steps taken so far (0 in a new run), and what the run has. */
  start?(step: number, facts: StartFacts): void
  /** Of the validation: what people should know of categories that it or the training lacks. */
  unmatched?(note: string): void
  /** A run that goes on is given other data than it was started with: which. */
  otherData?(difference: string): void
  /** The best model of a run that goes on cannot be read, and why; the next evaluation keeps another. */
  bestLost?(reason: string): void
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
  const size = batchSizeOf(config)
  const { batchSize, accumulate, clipNorm, emaDecay, threads, planMemory } = config
  const { step, open } = plannedStep(model, {
    batchSize,
    accumulate,
    size,
    ignored: true,
    optimizer: optimizerOf(config.optimizer),
    clipNorm: clipNorm ?? undefined,
    emaDecay: emaDecay ?? undefined,
    frozen: model.freezable?.slice(0, config.freeze?.stages ?? 0).flat(),
  })
  const started = await startedRun(step, options)
  await files.write(CONFIG_FILE, `${JSON.stringify(config, null, 2)}\n`)
  const log = await openMetrics(files, started.progress.step)
  const parameters = numbersOf(step.specs.filter(({ kind }) => kind === 'param'))
  const frozen = numbersOf(step.specs.filter(({ isFrozen }) => isFrozen))
  const { frozenAtRandom, fit } = started
  on?.start?.(started.progress.step, { parameters, frozen, frozenAtRandom, initialWeights: fit })

  const steps = Math.min(config.steps, options.maxSteps ?? config.steps)
  const isDue = (at: number) => at % config.evaluateEvery === 0 || at === steps
  const sessionOptions = { device: options.device, threads: threads ?? undefined }
  const checkpoints = checkpointWriter(files, metadata)
  const evaluator = await openEvaluator(step, log, {
    ...options,
    architecture,
    categories,
    parameters,
    save: checkpoints.save,
    openSession: (bytes) => platform.createSession(bytes, sessionOptions),
  })
  const { state } = started
  const mayMiss = started.progress.step > 0 && isDue(started.progress.step)
  const progress = mayMiss
    ? await withMissedEvaluation(evaluator, started.progress, state, options)
    : started.progress
  const maker = platform.openBatchMaker(config.data.train.images, config.workers, readingOf(config))
  try {
    const { seed, augment, maxInstances } = config
    const { repeat, keepEmpty } = config.data.train
    const masks = model.finds.includes('mask')
    const batches = loader(
      {
        dataset,
        batchSize,
        seed,
        augment,
        maker,
        maxInstances,
        ignored: true,
        size,
        masks,
        keypoints,
        keepEmpty,
        repeat: repeat ?? undefined,
      },
      progress.position as LoaderPosition,
    )
    const session = await open(platform.createSession, { ...sessionOptions, planMemory })
    try {
      const hooks = [
        tellHook(on),
        ...(options.hooks ?? []),
        logHook(log, { every: config.logEvery, last: steps, tell: on?.logged }),
        evaluateHook(evaluator, checkpoints, isDue),
        saveHook(checkpoints, { every: config.saveEvery }),
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

/** What people should know of categories that training or validation lacks. Throws `DataError` where they have none in common. */
function unmatched(categories: readonly Category[], { val, config }: RunOptions): string[] {
  if (!val) return []
  const where = config.data.val!.annotations
  return unmatchedNotes(matchCategories(categories, val.categories, where)).map((note) => `${where}: ${note}`)
}

interface StartedRun {
  readonly state: State
  readonly progress: Progress
  readonly frozenAtRandom: boolean
  readonly fit?: WeightsFit
}

function numbersOf(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)
}

/** State and progress of the last checkpoint, or of a new run. */
async function startedRun(
  step: TrainStep,
  { config, whereOf, files, platform, initialWeights, on }: RunOptions,
): Promise<StartedRun> {
  const checkpoint = await loadCheckpoint(files)
  if (checkpoint) {
    const started = await files.read(CONFIG_FILE)
    if (started) {
      const stored = new TextDecoder().decode(started)
      requireSameRun(stored, config, CONFIG_FILE, whereOf)
      for (const difference of otherData(stored, config, CONFIG_FILE)) on?.otherData?.(difference)
    }
    const { progress, lost } = await withReadableBest(checkpoint.progress, files)
    if (lost) on?.bestLost?.(lost)
    return { state: resumedState(step, checkpoint.tensors), progress, frozenAtRandom: false }
  }
  const { seed, pretrained, model } = config
  const progress: Progress = { step: 0, seed, position: START }
  const frozen = step.specs.filter(({ isFrozen }) => isFrozen)
  const given = await startingWeights(step, {
    initialWeights,
    pretrained,
    body: model.backbone.name,
    platform,
  })
  if (!given) return { state: startState(step, { seed }), progress, frozenAtRandom: frozen.length > 0 }
  const { weights, ...fit } = fittingWeights(step, given.weights, given.where)
  const frozenAtRandom = frozen.length > 0 && !frozen.some(({ name }) => weights.has(name))
  return {
    state: startState(step, { seed, weights }),
    progress,
    frozenAtRandom,
    fit: { ...fit, convention: given.convention },
  }
}

/** Undefined where the run starts at random. */
async function startingWeights(
  step: TrainStep,
  {
    initialWeights,
    pretrained,
    body,
    platform,
  }: Pick<RunOptions, 'initialWeights' | 'platform'> &
    Pick<ResolvedConfig, 'pretrained'> & { readonly body: string },
): Promise<(InitialWeights & { readonly where: string }) | undefined> {
  if (initialWeights) {
    const { bytes, where } = initialWeights
    return { ...(await readInitialWeights(bytes, where, wantedOf(step))), where }
  }
  if (!pretrained) return undefined
  const where = `weights of ${body}`
  return { weights: decodePretrained(await platform.loadBodyWeights(body), where), where }
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

function tellHook(on: RunListener | undefined): Hook {
  return {
    afterStep: async (moment) => {
      on?.step?.(moment)
      return undefined
    },
  }
}
