/** What a run is given, and what it tells. */
import type { Dataset } from '../data/dataset.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import type { BatchMaker } from '../data/loader.ts'
import type { RgbImage } from '../data/picture.ts'
import type { Size } from '../geometry/boxes.ts'
import type { PlotAssets } from '../report/page.ts'
import type { EncodeJpeg } from '../report/picture-budget.ts'
import type { Ranks } from '../runtime/ranks.ts'
import type { CreateSession, Device } from '../runtime/session.ts'
import type { Averaged } from './run-evaluator.ts'
import type { RunFiles } from './run-files.ts'
import type { WeightsFit } from './state.ts'
import type { ResolvedConfig } from './train-config.ts'
import type { Hook, Moment } from './trainer.ts'

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
  /** The bytes of images by their names in a folder. */
  readonly readFileIn: (folder: string) => (fileName: string) => Promise<Uint8Array>
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
  /** Aborted by a hook after a step: that one is the last, evaluated as such. The schedule stays that of all steps. */
  readonly finish?: AbortSignal
  readonly on?: RunListener
  /** Done after every step, before the run logs, evaluates and stores it. */
  readonly hooks?: readonly Hook[]
  /**
   * Processes that train together, each calling this with the same configuration and data: `batchSize` images of a step are each one's
   * own. The first alone evaluates, writes files, and tells how it goes on.
   */
  readonly ranks?: Ranks
}

/** What a run has before its first step. */
export interface StartFacts {
  /** Numbers in all parameters, and in those that stay as they are. */
  readonly parameters: number
  readonly frozen: number
  /** Frozen parts of which all, in a new run, are random numbers. */
  readonly frozenAtRandom: readonly string[]
  readonly initialWeights?: WeightsFit
}

/** What is told of features before they are made. */
export interface FeatureFacts extends Size {
  /** Images that have features, and the ways in which each may lie. */
  readonly images: number
  readonly orientations: number
  /** At most, on disk. */
  readonly bytes: number
}

/** Told how a run goes on. */
export interface RunListener {
  /** Before the first step: steps taken so far (0 in a new run), and what the run has. */
  start?(step: number, facts: StartFacts): void
  /** Before features of frozen parts are kept: how many, and what they take. */
  features?(facts: FeatureFacts): void
  /** Parts learn from here on that were frozen: steps taken, and how many stay frozen. */
  freed?(step: number, stages: number): void
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
  averaged?(averaged: Averaged): void
  /** The report anew: after every evaluation and, where this is given, every logged step. */
  page?(page: string): void
}
