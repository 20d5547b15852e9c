import type { Category, Dataset } from '../data/dataset.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import { trainingImages } from '../data/loader.ts'
import type { RgbImage } from '../data/picture.ts'
import type { ModelConfig } from '../models/catalogue.ts'
import { encodeModelFile } from '../models/model-file.ts'
import type { PlotAssets } from '../report/page.ts'
import type { EncodeJpeg } from '../report/picture-budget.ts'
import type { Session } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { BEST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import type { BestWeights } from './best-weights.ts'
import type { Progress } from './checkpoint.ts'
import { readingOf, shownAs } from './config-parts.ts'
import { bestFigureOf, type Evaluation, evaluateWeights } from './evaluation.ts'
import { modelWeights } from './hooks.ts'
import { METRICS_FILE, type MetricsLog } from './metrics.ts'
import { reportPage } from './report.ts'
import { figureLabel, parseMetrics, splitMetrics } from './report-data.ts'
import { type ReportPicture, reportPicture } from './report-pictures.ts'
import { REPORT_FILE, type RunFiles } from './run-files.ts'
import type { State } from './state.ts'
import type { ResolvedConfig } from './train-config.ts'
import type { TrainStep } from './train-graph.ts'

/** What is evaluated, on what, and where it is told. */
export interface EvaluatorOptions {
  readonly config: ResolvedConfig
  readonly architecture: ModelConfig
  /** In the order of the labels. */
  readonly categories: readonly Category[]
  readonly train: Dataset
  /** Without it nothing is evaluated and the newest weights are the best. */
  readonly val?: Dataset
  readonly name: string
  readonly parameters: number
  readonly files: RunFiles
  readonly platform: {
    readonly readImageIn: (folder: string, reading: ReadingOptions) => (fileName: string) => Promise<RgbImage>
    readonly encodeJpeg: EncodeJpeg
    readonly loadPlotAssets: () => Promise<PlotAssets>
  }
  readonly openSession: (model: Uint8Array) => Promise<Session>
  /** Stores where the run stands: called when a better model is kept. */
  readonly save: (progress: Progress, state: State) => Promise<void>
  /** Keeps the weights of the best evaluations, to be averaged. */
  readonly bestWeights?: BestWeights
  readonly signal?: AbortSignal
  readonly on?: {
    evaluating?(done: number, total: number): void
    evaluated?(step: number, figures: Readonly<Record<string, number>>): void
    page?(page: string): void
  }
}

/** Evaluates the weights of a run, keeps the best model and writes the report. */
export interface RunEvaluator {
  /**
   * The progress with the best figure so far; unchanged where the signal interrupts. A run that is killed at any moment of
   * it can evaluate again: the line of metrics is written once the model and the progress are stored.
   */
  evaluate(progress: Progress, state: State): Promise<Progress>
  /** The report as it would be now, with the pictures of the last evaluation. */
  page(progress: Progress): Promise<string>
  /** Brings the report up to date where that loses no pictures of an earlier evaluation. */
  report(progress: Progress): Promise<void>
  /**
   * Evaluates the mean of the best weights once, and keeps it as the best model where its figure is better; undefined where there are no
   * two to average, or the signal interrupts.
   */
  average(progress: Progress, state: State): Promise<{ progress: Progress; averaged: Averaged } | undefined>
  /** Of the last evaluation, by name. */
  figures(): Readonly<Record<string, number>>
}

/** What came of averaging the best weights. */
export interface Averaged {
  /** Steps of the weights. */
  readonly steps: readonly number[]
  /** The best figure of the mean; -1 where not defined. */
  readonly figure: number
  /** Whether it is better than any before, and so the best model now. */
  readonly isKept: boolean
}

/** Says in the run's folder that the best weights were averaged, so that it is done once. */
export const AVERAGED_FILE = 'averaged.json'

export async function openEvaluator(
  step: TrainStep,
  log: MetricsLog,
  options: EvaluatorOptions,
): Promise<RunEvaluator> {
  const { config, architecture, categories, val, files, platform, signal, on } = options
  const assets = await platform.loadPlotAssets()
  const { licence, source } = config
  const description = { architecture, categories, ...shownAs(config), licence, source }
  const bestFigure = bestFigureOf(architecture)
  let figures: Readonly<Record<string, number>> = {}
  let pictures: readonly ReportPicture[] = []
  let reportedStep = -1

  const pageOf = async ({ best, step: reached }: Progress) => {
    const metrics = parseMetrics(new TextDecoder().decode(await files.read(METRICS_FILE)))
    const facts = {
      name: options.name,
      step: reached,
      parameters: options.parameters,
      best,
      bestFigure,
      categories: categories.map(({ name }) => name),
      trainImages: trainingImages(options.train, config.data.train.keepEmpty).length,
      valImages: val?.images.length ?? 0,
    }
    return reportPage({ facts, config, metrics, pictures, assets })
  }
  const writeReport = async (progress: Progress) => {
    const page = await pageOf(progress)
    await files.write(REPORT_FILE, page)
    reportedStep = progress.step
    on?.page?.(page)
  }
  const keep = (weights: ReadonlyMap<string, Tensor>, reached = figures) => {
    const metadata = { ...description, figures: measured(reached) }
    return files.write(BEST_CHECKPOINT, encodeModelFile({ metadata, weights }))
  }
  const interruptible = async (weights: ReadonlyMap<string, Tensor>, dataset: Dataset) => {
    try {
      return await evaluateWeights(weights, {
        architecture,
        categories,
        dataset,
        signal,
        openSession: options.openSession,
        where: config.data.val!.annotations,
        sigmas: config.data.val!.sigmas,
        loadImage: platform.readImageIn(config.data.val!.images, readingOf(config)),
        onImage: on?.evaluating,
      })
    } catch (error) {
      if (signal?.aborted) return undefined
      throw error
    }
  }
  const judged = async (
    progress: Progress,
    state: State,
    weights: ReadonlyMap<string, Tensor<'float32'>>,
    evaluation: Evaluation,
  ) => {
    figures = evaluation.figures
    const next = withFigure(progress, figures[bestFigure])
    if (!next.best || next.best.step === progress.step) await keep(weights)
    await options.bestWeights?.offer(progress.step, figures[bestFigure], weights)
    if (next !== progress) await options.save(next, state)
    await log.write({ step: progress.step, ...figures })
    on?.evaluated?.(progress.step, figures)
    return next
  }

  return {
    evaluate: async (progress, state) => {
      const weights = modelWeights(step, state)
      let next = progress
      if (val) {
        const evaluation = await interruptible(weights, val)
        if (!evaluation) return progress
        next = await judged(progress, state, weights, evaluation)
        pictures = await Promise.all(
          evaluation.shown.map((shown) => reportPicture(shown, val, categories, platform.encodeJpeg)),
        )
      } else await keep(weights)
      await writeReport(next)
      return next
    },
    average: async (progress, state) => {
      const steps = options.bestWeights?.steps() ?? []
      if (!val || steps.length < 2) return undefined
      const before = storedAverage(await files.read(AVERAGED_FILE))
      if (before?.steps.join() === steps.join()) return { progress, averaged: before }
      const weights = await options.bestWeights!.mean()
      const evaluation = await interruptible(weights, val)
      if (!evaluation) return undefined
      const next = withFigure(progress, evaluation.figures[bestFigure])
      const averaged = { steps, figure: evaluation.figures[bestFigure], isKept: next !== progress }
      if (averaged.isKept) {
        await keep(weights, evaluation.figures)
        await options.save(next, state)
      }
      await files.write(AVERAGED_FILE, `${JSON.stringify(averaged)}\n`)
      await writeReport(next)
      return { progress: next, averaged }
    },
    page: pageOf,
    report: async (progress) => {
      if (progress.step === reportedStep) return
      if (pictures.length > 0 || !(await files.read(REPORT_FILE))) await writeReport(progress)
    },
    figures: () => figures,
  }
}

/** What the run's folder says of an earlier average; undefined where that is nothing that can be read. */
function storedAverage(bytes: Uint8Array | undefined): Averaged | undefined {
  try {
    const { steps, figure, isKept } = JSON.parse(new TextDecoder().decode(bytes))
    return Array.isArray(steps) && typeof figure === 'number'
      ? { steps, figure, isKept: isKept === true }
      : undefined
  } catch {
    return undefined
  }
}

/** The progress after a figure; one below 0 is not defined and says nothing. */
function withFigure(progress: Progress, figure: number): Progress {
  const { best, step } = progress
  if (!(figure >= 0) || (best && best.figure >= figure)) return progress
  return { ...progress, best: { figure, step } }
}

/** A run that was stopped while it evaluated a step takes the evaluation up again; the progress after it. */
export async function withMissedEvaluation(
  evaluator: RunEvaluator,
  progress: Progress,
  state: State,
  { files, val }: Pick<EvaluatorOptions, 'files' | 'val'>,
): Promise<Progress> {
  const isMissing = val
    ? !(await evaluatedSteps(files)).includes(progress.step)
    : (await files.read(BEST_CHECKPOINT)) === undefined
  return isMissing ? evaluator.evaluate(progress, state) : progress
}

/** Steps of which the metrics tell an evaluation. */
export async function evaluatedSteps(files: RunFiles): Promise<number[]> {
  const metrics = parseMetrics(new TextDecoder().decode(await files.read(METRICS_FILE)))
  return splitMetrics(metrics).evaluations.map(({ step }) => step)
}

/** Figures as a model file names them; those that are not defined are left out. */
function measured(figures: Readonly<Record<string, number>>): Record<string, number> {
  const defined = Object.entries(figures).filter(([, value]) => value >= 0)
  return Object.fromEntries(defined.map(([name, value]) => [figureLabel(name), value]))
}
