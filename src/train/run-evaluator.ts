import type { Category, Dataset } from '../data/dataset.ts'
import { trainingImages } from '../data/loader.ts'
import type { RgbImage } from '../data/sample.ts'
import type { ModelConfig } from '../models/detection-model.ts'
import { encodeModelFile, modelFileMetadata } from '../models/model-file.ts'
import type { Picture } from '../predict/render.ts'
import type { PlotAssets } from '../report/page.ts'
import type { Session } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { BEST_CHECKPOINT, type Progress } from './checkpoint.ts'
import type { ResolvedConfig } from './config.ts'
import { bestFigureOf, evaluateWeights } from './evaluation.ts'
import { modelWeights } from './hooks.ts'
import { METRICS_FILE, type MetricsLog } from './metrics.ts'
import { REPORT_FILE, reportPage } from './report.ts'
import { figureLabel, parseMetrics } from './report-data.ts'
import { type ReportPicture, reportPicture } from './report-pictures.ts'
import type { RunFiles } from './run-files.ts'
import type { State } from './state.ts'
import type { TrainGraph } from './train-graph.ts'

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
    readonly readImageIn: (folder: string) => (fileName: string) => Promise<RgbImage>
    readonly encodePng: (picture: Picture) => Promise<Uint8Array>
    readonly loadPlotAssets: () => Promise<PlotAssets>
  }
  readonly openSession: (model: Uint8Array) => Promise<Session>
  readonly signal?: AbortSignal
  readonly on?: {
    evaluating?(done: number, total: number): void
    evaluated?(step: number, figures: Readonly<Record<string, number>>): void
  }
}

/** Evaluates the weights of a run, keeps the best model and writes the report. */
export interface RunEvaluator {
  /** What makes a file with these weights a model file. */
  readonly metadata: Readonly<Record<string, string>>
  /** The progress with the best figure so far; unchanged where the signal interrupts. */
  evaluate(progress: Progress, state: State): Promise<Progress>
  /** Brings the report up to date where that loses no pictures of an earlier evaluation. */
  report(progress: Progress): Promise<void>
  /** Of the last evaluation, by name. */
  figures(): Readonly<Record<string, number>>
}

export async function openEvaluator(
  step: TrainGraph,
  log: MetricsLog,
  options: EvaluatorOptions,
): Promise<RunEvaluator> {
  const { config, architecture, categories, val, files, platform, signal, on } = options
  const assets = await platform.loadPlotAssets()
  const description = { architecture, categories, licence: config.licence, source: config.source }
  const bestFigure = bestFigureOf(architecture)
  let figures: Readonly<Record<string, number>> = {}
  let pictures: readonly ReportPicture[] = []
  let reportedStep = -1

  const writeReport = async ({ best, step: reached }: Progress) => {
    const metrics = parseMetrics(new TextDecoder().decode(await files.read(METRICS_FILE)))
    const facts = {
      ...{ name: options.name, parameters: options.parameters, best, bestFigure },
      categories: categories.map(({ name }) => name),
      trainImages: trainingImages(options.train).length,
      valImages: val?.images.length ?? 0,
    }
    await files.write(REPORT_FILE, reportPage({ facts, config, metrics, pictures, assets }))
    reportedStep = reached
  }
  const keep = (weights: ReadonlyMap<string, Tensor>) => {
    const metadata = { ...description, figures: measured(figures) }
    return files.write(BEST_CHECKPOINT, encodeModelFile({ metadata, weights }))
  }
  const evaluated = async (progress: Progress, weights: ReadonlyMap<string, Tensor>, dataset: Dataset) => {
    const evaluation = await evaluateWeights(weights, {
      ...{ architecture, categories, dataset, signal, openSession: options.openSession },
      loadImage: platform.readImageIn(config.data.val!.images),
      onImage: on?.evaluating,
    })
    figures = evaluation.figures
    pictures = await Promise.all(
      evaluation.shown.map((shown) => reportPicture(shown, dataset, platform.encodePng)),
    )
    await log.write({ step: progress.step, ...figures })
    on?.evaluated?.(progress.step, figures)
    const figure = figures[bestFigure]
    if (progress.best && progress.best.figure >= figure) return progress
    await keep(weights)
    return { ...progress, best: { figure, step: progress.step } }
  }

  return {
    metadata: modelFileMetadata({ ...description, figures: {} }),
    evaluate: async (progress, state) => {
      const weights = modelWeights(step, state)
      try {
        let next = progress
        if (val) next = await evaluated(progress, weights, val)
        else await keep(weights)
        await writeReport(next)
        return next
      } catch (error) {
        if (signal?.aborted) return progress
        throw error
      }
    },
    report: async (progress) => {
      if (progress.step === reportedStep) return
      if (pictures.length > 0 || !(await files.read(REPORT_FILE))) await writeReport(progress)
    },
    figures: () => figures,
  }
}

/** Figures as a model file names them; those that are not defined are left out. */
function measured(figures: Readonly<Record<string, number>>): Record<string, number> {
  const defined = Object.entries(figures).filter(([, value]) => value >= 0)
  return Object.fromEntries(defined.map(([name, value]) => [figureLabel(name), value]))
}
