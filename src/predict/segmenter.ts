import type { Category } from '../data/dataset.ts'
import type { ImageReader, ReadingOptions } from '../data/image-reading.ts'
import { ConfigError } from '../errors.ts'
import { limitsOf } from '../models/catalogue.ts'
import { withRoomFor } from '../models/detection-limits.ts'
import { inferenceModel } from '../models/inference-graph.ts'
import { decodeModelFile } from '../models/model-file.ts'
import type { ModelMetadata } from '../models/model-metadata.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import type { CreateSession, Device } from '../runtime/session.ts'
import { type ModelReading, readingFor, withNotes } from './model-reading.ts'
import {
  checkOptions,
  PREDICT_OPTIONS,
  type Prediction,
  type PredictOptions,
  predict,
  type RawImage,
} from './predictor.ts'
import { rawReader, readWhole } from './raw-reader.ts'
import { planTiles, shrinkNote, type TilingOptions } from './tile-plan.ts'
import { predictTiles } from './tiles.ts'

/** What differs between Node and a browser. */
export interface Platform<Source> {
  readonly createSession: CreateSession
  /** Bytes of a model, by name or place; tells how many have arrived where they arrive in pieces. */
  readonly loadModelBytes: (
    nameOrPath: string,
    onBytes?: (loaded: number, total?: number) => void,
  ) => Promise<Uint8Array>
  /** The file that is taken where the place of a model is a folder of several; undefined for others. */
  readonly modelOfRun?: (place: string) => string | undefined
  readonly decodeImage: (source: Source, options?: ReadingOptions) => Promise<RawImage>
  /** Opens an image that need not be held whole; where a platform has none, `decodeImage` serves. */
  readonly openImage?: (source: Source, options?: ReadingOptions) => Promise<ImageReader>
}

/** How an image file is read counts for files alone, not for pixels and readers; by default intensities are as in the model's training. */
export interface SegmentOptions extends PredictOptions, TilingOptions, ReadingOptions {
  /** Called after each tile of a picture that is looked at in tiles. */
  readonly onTile?: (done: number, tiles: number) => void
}

const SEGMENT_OPTIONS: OptionNames<SegmentOptions> = {
  ...PREDICT_OPTIONS,
  tile: true,
  overlap: true,
  onTile: true,
  intensity: true,
  page: true,
  channels: true,
}

export interface LoadOptions {
  /** Default `auto`. */
  readonly device?: Device | 'auto'
  readonly threads?: number
  /**
   * Room for this many instances in a view, where the model's own limit is lower; 4000 at most. Takes time and memory: with
   * them grow the proposals that are looked at. Default: the model's own limit.
   */
  readonly max?: number
  readonly onProgress?: (event: LoadEvent) => void
}

const LOAD_OPTIONS: OptionNames<LoadOptions> = {
  device: true,
  threads: true,
  max: true,
  onProgress: true,
}

/** Stages of loading, in this order; `reading` again with every piece of a download. */
export interface LoadEvent {
  readonly status: 'reading' | 'building' | 'ready'
  readonly model: string
  /** The model file that was taken, where `model` is the folder of a training run. */
  readonly file?: string
  /** Bytes that have arrived. */
  readonly loaded?: number
  /** Bytes in all, where the server says so. */
  readonly total?: number
}

/** A model ready to segment images. */
export interface Segmenter<Source> {
  /** What the model file says of itself: architecture, licence, source, figures. */
  readonly metadata: ModelMetadata
  readonly categories: readonly Category[]
  /**
   * Instances in pixels of the image, best first. A picture that is far larger than the model was made for is looked at in
   * tiles, and a note says so (see `TilingOptions`). A reader stays open. Throws `DataError` for what is not a usable image.
   */
  segment(image: Source | RawImage | ImageReader, options?: SegmentOptions): Promise<Prediction>
  dispose(): Promise<void>
}

/**
 * Loads a model by name or path and prepares it for running. Throws `DataError` or `WeightError` where that fails,
 * `ConfigError` for options that do not exist.
 */
export async function loadSegmenter<Source>(
  platform: Platform<Source>,
  model: string,
  options: LoadOptions = {},
): Promise<Segmenter<Source>> {
  requireKnownOptions('Segmenter.load', options, LOAD_OPTIONS)
  const { device = 'auto', threads, max, onProgress } = options
  const file = platform.modelOfRun?.(model)
  const tell = (status: LoadEvent['status'], bytes?: Pick<LoadEvent, 'loaded' | 'total'>) =>
    onProgress?.({ status, model, ...(file && { file }), ...bytes })
  tell('reading')
  const bytes = await platform.loadModelBytes(file ?? model, (loaded, total) =>
    tell('reading', { loaded, total }),
  )
  const { metadata, weights } = decodeModelFile(bytes, file ?? model)
  tell('building')
  const architecture = withRoomFor(metadata.architecture, max)
  const session = await platform.createSession(inferenceModel(architecture, weights), { device, threads })
  const detector = { session, categories: metadata.categories, limits: limitsOf(architecture) }
  tell('ready')
  return {
    metadata,
    categories: metadata.categories,
    async segment(image, options = {}) {
      requireKnownOptions('segment', options, SEGMENT_OPTIONS)
      const name = typeof image === 'string' || image instanceof URL ? String(image) : undefined
      const { tile, overlap, onTile, intensity, page, channels, ...wanted } = { name, ...options }
      const { score = 0.5, max = Number.POSITIVE_INFINITY, signal } = wanted
      checkOptions(score, max)
      if (isReader(image) || isRawImage(image)) refuseReading({ intensity, page, channels })
      const modelReading = readingFor(metadata, { intensity, page, channels })
      return withPicture(platform, image, modelReading, async (picture) => {
        const rule = architecture.transform.resize
        const plan = planTiles(picture, rule, { tile, overlap })
        if (plan)
          return predictTiles(detector, isReader(picture) ? picture : rawReader(picture, wanted.name), plan, {
            score,
            max,
            signal,
            onTile,
          })
        const whole = isReader(picture) ? await readWhole(picture) : picture
        const note = shrinkNote(picture, rule)
        return predict(detector, withNotes(whole, note ? [note] : []), wanted)
      })
    },
    dispose: () => session.dispose(),
  }
}

/** Hands on a picture, and closes what had to be opened for it. */
async function withPicture<Source, T>(
  { openImage, decodeImage }: Platform<Source>,
  image: Source | RawImage | ImageReader,
  { reading, notes }: ModelReading,
  work: (picture: RawImage | ImageReader) => Promise<T>,
): Promise<T> {
  if (isReader(image) || isRawImage(image)) return work(image)
  if (!openImage) return work(withNotes(await decodeImage(image, reading), notes))
  const reader = await openImage(image, reading)
  try {
    return await work(withNotes(reader, notes))
  } finally {
    await reader.close()
  }
}

/** Throws `ConfigError` for options of reading files where pixels are given: they would change nothing. */
function refuseReading(reading: ReadingOptions): void {
  for (const [where, got] of Object.entries(reading)) {
    if (got === undefined) continue
    const hint = 'Leave it out, or give the file or its bytes'
    throw new ConfigError('option is for files of images, and pixels were given', { where, hint })
  }
}

function isReader(image: unknown): image is ImageReader {
  return typeof image === 'object' && image !== null && 'read' in image && 'width' in image
}

function isRawImage(image: unknown): image is RawImage {
  return (
    typeof image === 'object' && image !== null && 'data' in image && 'width' in image && 'height' in image
  )
}
