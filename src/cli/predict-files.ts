/** Segments images, several at once where there are many, and hands on what was found. */
import type { ReadingOptions } from '../data/image-reading.ts'
import { DataError } from '../errors.ts'
import type { Precision } from '../models/exported-model.ts'
import { readMeasurable } from '../node/image-samples.ts'
import { nodePlatform } from '../node/platform.ts'
import { ahead, atOnceFor } from '../predict/ahead.ts'
import type { Augmentation } from '../predict/augmentation.ts'
import { type Detector, loadDetector } from '../predict/detector.ts'
import type { PredictedImage } from '../predict/export.ts'
import { measure } from '../predict/measurements.ts'
import { readingFor, withNotes } from '../predict/model-reading.ts'
import type { Device } from '../runtime/session.ts'
import { sayChosen } from './chosen-model.ts'
import { sharedAmong, workersFor } from './chosen-workers.ts'
import type { TileFlag } from './flags.ts'
import { type ImageInput, loadInput, openInput } from './predict-inputs.ts'
import { type OutputNames, type OutputOptions, openOutput, type PredictOutput } from './predict-output.ts'
import { say } from './print.ts'
import { type ProgressBar, startProgress } from './progress.ts'

/** How one image is segmented. */
export interface ImageOptions {
  readonly score: number
  readonly max?: number
  readonly tile?: TileFlag
  readonly overlap?: number
  readonly tta?: Augmentation
  /** Micrometres a pixel, for measurements; otherwise what the file says. */
  readonly pixelSize?: number
  /** How a file becomes a picture. */
  readonly reading?: Omit<ReadingOptions, 'page'>
}

export interface PredictFilesOptions extends ImageOptions, OutputOptions {
  readonly model: string
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly precision?: PredictPrecision
  /** Folder of images that eight bits are calibrated with. Default: images that are to be segmented. */
  readonly calibrate?: string
  /** Images that are looked at at once. Default: `workersFor` says. */
  readonly workers?: number
}

/** `int8`: layers that bear it are computed with eight bits (see `int8Model`). */
export const PREDICT_PRECISIONS = ['fp32', 'int8'] as const satisfies readonly Precision[]

export type PredictPrecision = (typeof PREDICT_PRECISIONS)[number]

/** An image that could not be segmented, and why. */
export interface FailedImage {
  readonly file: string
  readonly error: DataError
  /** Where it lies, as of images that were segmented. */
  readonly imagePath: string
}

/** What became of the images, in their order. */
export type PredictedFiles = readonly (PredictedImage | FailedImage)[]

/**
 * Segments images, and writes overlays and exports; whatever the number of workers, the same and in the order of the images. An
 * image that cannot be segmented is left out and told; an interruption leaves exports of what was done, under names that say so.
 * Throws `ConfigError`, before anything starts, where a file among the images would be replaced.
 */
export async function predictFiles(
  inputs: readonly ImageInput[],
  options: PredictFilesOptions,
  signal: AbortSignal,
): Promise<PredictedFiles> {
  const { device, threads, max, precision } = options
  const output = await openOutput(inputs, options)
  const workers = workersFor(inputs.length, options)
  const loading = { device, threads, max, ...sharedAmong(workers), onProgress: sayChosen }
  const model = precision === 'int8' ? await eightBits(inputs, options, signal) : options.model
  const detector = await loadDetector(nodePlatform, model, loading)
  const { scoreFloor = 0 } = detector
  if (options.score < scoreFloor && !options.tta) {
    say(
      `the model itself leaves out what scores ${scoreFloor} or less: --score ${options.score} finds no more`,
    )
  }
  const results: (PredictedImage | FailedImage)[] = []
  const progress = startProgress(inputs.length, 'images')
  let tileProgress: ProgressBar | undefined
  let done = 0
  const work = async (input: ImageInput, i: number) => {
    const names = output.names[i]
    const onTile = (tile: number, tiles: number) => {
      if (inputs.length > 1) return progress.step(done, `${names.name}: tile ${tile} of ${tiles}`)
      tileProgress ??= startProgress(tiles, 'tiles')
      tileProgress.step(tile)
    }
    results[i] = await predictImage(input, names, { detector, output, options, signal, onTile })
    return results[i]
  }
  try {
    for await (const { item, index, made } of ahead(inputs, work, atOnceFor(workers))) {
      if (isPredicted(made)) for (const note of made.prediction.notes) say(`${item.file}: ${note}`)
      done = index + 1
      progress.step(done, output.names[index].name)
    }
  } finally {
    progress.end()
    tileProgress?.end()
    // Holes are images that an interruption came before.
    const predicted = results.filter((result) => isPredicted(result))
    await output.finish(predicted, detector.categories, Object.keys(results).length === inputs.length)
    await detector.dispose()
  }
  return results
}

/** Read when it is asked for: it brings all that builds graphs. */
async function eightBits(...[inputs, options, signal]: Parameters<typeof predictFiles>): Promise<Uint8Array> {
  const { int8Model } = await import('./int8-model.ts')
  return int8Model(options.model, inputs, options, signal)
}

interface ImageWork {
  readonly detector: Detector<never>
  readonly output: PredictOutput
  readonly options: PredictFilesOptions
  readonly signal: AbortSignal
  readonly onTile: (done: number, tiles: number) => void
}

/** One image from file to files. */
async function predictImage(
  input: ImageInput,
  names: OutputNames,
  {
    detector,
    output,
    options: { score, max, tile, overlap, tta, reading = {}, measure: isMeasured, pixelSize },
    signal,
    onTile,
  }: ImageWork,
): Promise<PredictedImage | FailedImage> {
  const { file } = input
  try {
    const modelReading = readingFor(detector.metadata, reading)
    const opened = await openInput(input, modelReading.reading)
    try {
      const picture = withNotes(opened, modelReading.notes)
      const options = { score, max, tile, overlap, tta, signal, onTile, name: file }
      const prediction = await detector.detect(picture, options)
      await output.addImage(names, picture, prediction, detector.categories)
      if (!isMeasured) return { ...names, prediction }
      const found = await readMeasurable(await loadInput(input), file, {
        ...modelReading.reading,
        page: input.page,
      })
      const size =
        pixelSize === undefined ? found.pixelSize : { micrometres: pixelSize, source: '--pixel-size' }
      const measurements = prediction.instances.map((instance) =>
        measure(instance, found.samples, size?.micrometres),
      )
      return { ...names, prediction, measurements, pixelSize: size }
    } finally {
      await opened.close()
    }
  } catch (error) {
    if (error instanceof DataError && isAbout(error, input)) {
      return { file, error, imagePath: names.imagePath }
    }
    throw error
  }
}

/** An error of reading or segmenting the image, not of writing what was found. */
function isAbout(error: DataError, { file, path }: ImageInput): boolean {
  return error.where === file || (path !== undefined && error.where === path)
}

export function isPredicted(result: PredictedImage | FailedImage): result is PredictedImage {
  return 'prediction' in result
}

/** Throws the only failure; of several images one error that counts the failures, after a line for each where they are several. */
export function throwFailures(results: PredictedFiles): void {
  const failures = results.flatMap((result) => (isPredicted(result) ? [] : [result.error]))
  if (failures.length === 0) return
  if (results.length === 1) throw failures[0]
  const sources = new Set(results.map(({ file, imagePath = file }) => imagePath))
  const what = sources.size < results.length ? 'pages' : 'images'
  const told = `${failures.length} of ${results.length} ${what} could not be segmented`
  if (failures.length === 1) throw new DataError(`${told}: ${failures[0].message}`)
  for (const { message } of failures) say(message)
  throw new DataError(told)
}
