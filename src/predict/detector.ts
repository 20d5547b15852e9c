/// <reference lib="esnext.disposable" preserve="true" />
import type { Category } from '../data/dataset.ts'
import type { ImageReader, ReadingOptions } from '../data/image-reading.ts'
import type { RawImage } from '../data/picture.ts'
import { ConfigError } from '../errors.ts'
import type { ModelMetadata } from '../models/model-metadata.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import type { Device } from '../runtime/session.ts'
import type { DownloadOptions } from '../weights/download-options.ts'
import { ahead } from './ahead.ts'
import { type Augmentation, checkAugmentation } from './augmentation.ts'
import type { AugmentedModel } from './augmented-session.ts'
import { readingFor, withNotes } from './model-reading.ts'
import { type ModelOpener, openModel } from './opened-model.ts'
import {
  checkOptions,
  type LoadedModel,
  PREDICT_OPTIONS,
  type Prediction,
  type PredictOptions,
  predict,
} from './predictor.ts'
import { rawReader, readWhole } from './raw-reader.ts'
import {
  type ImageOpener,
  isRawImage,
  isReader,
  openPicture,
  type ReadyPicture,
  refuseReading,
} from './ready-picture.ts'
import { planTiles, shrinkNote, type TilingOptions } from './tile-plan.ts'
import { predictTiles } from './tiles.ts'

/** What differs between Node and a browser. */
export interface Platform<Source> extends ImageOpener<Source>, ModelOpener {
  /** Bytes of a model, by name or place; tells how many have arrived where they arrive in pieces. */
  readonly loadModelBytes: (nameOrPath: string, options: DownloadOptions) => Promise<Uint8Array>
  /** The file that is taken where the place of a model is a folder of several; undefined for others. */
  readonly modelOfRun?: (place: string) => string | undefined
}

/** How an image file is read counts for files alone, not for pixels and readers; by default intensities are as in the model's training. */
export interface DetectOptions extends PredictOptions, TilingOptions, ReadingOptions {
  /**
   * Looks at it mirrored and at other sizes as well, and puts together what was seen: see `augmentedSession`. Each view takes more
   * than the time of an image; needs a model file. Default: looked at as it is alone.
   */
  readonly tta?: Augmentation
  /** Called after each tile of a picture that is looked at in tiles. */
  readonly onTile?: (done: number, tiles: number) => void
}

const DETECT_OPTIONS: OptionNames<DetectOptions> = {
  ...PREDICT_OPTIONS,
  tile: true,
  overlap: true,
  onTile: true,
  tta: true,
  intensity: true,
  page: true,
  channels: true,
}

export interface LoadOptions {
  /** Default `auto`. */
  readonly device?: Device | 'auto'
  readonly threads?: number
  /**
   * Computes in a thread of its own, so that the event loop stays free. A number, in Node: so many threads, each with a copy of the
   * model, that look at as many images of `detectAll`, or tiles of one, at once. Default false.
   */
  readonly worker?: boolean | number
  /** Ends the loading, between its stages and while bytes arrive. */
  readonly signal?: AbortSignal
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
  worker: true,
  signal: true,
  max: true,
  onProgress: true,
}

/** Stages of loading, in this order; `reading` again with every piece of a download. */
export interface LoadEvent {
  readonly status: 'reading' | 'building' | 'ready'
  /** Name or place as it was given; `model` where bytes were. */
  readonly model: string
  /** The model file that was taken, where `model` is the folder of a training run. */
  readonly file?: string
  /** Bytes that have arrived. */
  readonly loaded?: number
  /** Bytes in all, where the server says so. */
  readonly total?: number
}

/** What `detectAll` finds in one image. */
export interface Found<Image> extends Prediction {
  readonly image: Image
  /** Its place among the images, from 0. */
  readonly index: number
}

/** A model ready to find objects in images. */
export interface Detector<Source> {
  /** What the model file says of itself: architecture, licence, source, figures. */
  readonly metadata: ModelMetadata
  readonly categories: readonly Category[]
  /** Every instance scores more than this by the model's own settings, where that is known: a lower `score` finds no more. */
  readonly scoreFloor?: number
  /**
   * Instances in pixels of the image, best first. A picture that is far larger than the model was made for is looked at in
   * tiles, and a note says so (see `TilingOptions`). A reader stays open. Throws `DataError` for what is not a usable image.
   */
  detect(image: Source | RawImage | ImageReader, options?: DetectOptions): Promise<Prediction>
  /**
   * The same for one image after the other, in their order; those that follow are decoded and looked at while one is in use, as
   * many at once as there are threads (see `LoadOptions.worker`). Throws where one of them fails, once those before it were given;
   * what it threw names its file, where it has one. Throws `ConfigError` for a single image.
   */
  detectAll<Image extends Source | RawImage | ImageReader>(
    images: Iterable<Image> | AsyncIterable<Image>,
    options?: DetectOptions,
  ): AsyncGenerator<Found<Image>, void, undefined>
  /** @deprecated Another name of `detect`. */
  segment(image: Source | RawImage | ImageReader, options?: DetectOptions): Promise<Prediction>
  /** Frees the model's memory, once the images that are looked at have ended; `detectAll` then fails at its next. */
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Loads a model by name, place or its bytes and prepares it for running. Throws `DataError` or `WeightError` where that fails,
 * `ConfigError` for options that do not exist; an abort rejects with the signal's reason.
 */
export async function loadDetector<Source>(
  platform: Platform<Source>,
  model: string | Uint8Array,
  options: LoadOptions = {},
): Promise<Detector<Source>> {
  requireKnownOptions('Detector.load', options, LOAD_OPTIONS)
  const { device = 'auto', threads, worker, max, signal, onProgress } = options
  signal?.throwIfAborted()
  const place = typeof model === 'string' ? model : undefined
  const file = place === undefined ? undefined : platform.modelOfRun?.(place)
  const name = place ?? 'model'
  const tell = (status: LoadEvent['status'], bytes?: Pick<LoadEvent, 'loaded' | 'total'>) =>
    onProgress?.({ status, model: name, ...(file && { file }), ...bytes })
  tell('reading')
  const onBytes = (loaded: number, total?: number) => tell('reading', { loaded, total })
  const bytes =
    typeof model === 'string' ? await platform.loadModelBytes(file ?? model, { signal, onBytes }) : model
  signal?.throwIfAborted()
  tell('building')
  const running = { device, threads, ...(worker !== undefined && { worker }) }
  const { session, metadata, resize, limits, pasting } = await openModel(
    platform,
    bytes,
    file ?? name,
    max,
    running,
  )
  const loaded = { session, categories: metadata.categories, limits, pasting }
  try {
    signal?.throwIfAborted()
    tell('ready')
  } catch (error) {
    await session.dispose()
    throw error
  }

  let augmentedModel: Promise<AugmentedModel> | undefined
  const openAugmented = async (): Promise<AugmentedModel> => {
    const { augmentedGraphs } = await import('../models/augmented-graphs.ts')
    const again = typeof model === 'string' ? await platform.loadModelBytes(file ?? model, {}) : model
    const { finding, telling, nmsThreshold } = augmentedGraphs(again, file ?? name, max)
    return {
      ...{ nmsThreshold, most: limits.detections, categories: metadata.categories },
      finding: await platform.createSession(finding, running),
      telling: telling && (await platform.createSession(telling, running)),
    }
  }
  /** The model for images that are looked at several times; its graphs, and the code for them, are read when it is first wanted. */
  const augmented = async (tta: Augmentation): Promise<LoadedModel> => {
    checkAugmentation(tta)
    const { augmentedSession } = await import('./augmented-session.ts')
    augmentedModel ??= openAugmented()
    return { ...loaded, session: augmentedSession(await augmentedModel, tta) }
  }

  const prepare = async (image: Source | RawImage | ImageReader, options: DetectOptions) => {
    const name = typeof image === 'string' || image instanceof URL ? String(image) : undefined
    const { tile, overlap, onTile, tta, intensity, page, channels, ...wanted } = { name, ...options }
    const { score = 0.5, max = Number.POSITIVE_INFINITY, signal } = wanted
    checkOptions(score, max)
    if (isReader(image) || isRawImage(image)) refuseReading({ intensity, page, channels })
    const looking = tta ? await augmented(tta) : loaded
    const modelReading = readingFor(metadata, { intensity, page, channels })
    return openPicture(platform, image, modelReading, async (picture) => {
      const plan = planTiles(picture, resize, { tile, overlap })
      if (plan) {
        const reader = isReader(picture) ? picture : rawReader(picture, wanted.name)
        return () => predictTiles(looking, reader, plan, { score, max, signal, onTile })
      }
      const whole = isReader(picture) ? await readWhole(picture) : picture
      const note = shrinkNote(picture, resize)
      return () => predict(looking, withNotes(whole, note ? [note] : []), wanted)
    })
  }
  const underWay = new Set<Promise<unknown>>()
  /** Looks at a picture and closes it. Until that has ended the model is not freed. */
  const looked = (ready: ReadyPicture<Prediction> | Promise<ReadyPicture<Prediction>>) => {
    const look = async () => {
      const { run, close } = await ready
      try {
        return await run()
      } finally {
        await close()
      }
    }
    const found = look()
    underWay.add(found)
    const ended = () => underWay.delete(found)
    found.then(ended, ended)
    return found
  }
  const detect = async (image: Source | RawImage | ImageReader, options: DetectOptions = {}) => {
    requireKnownOptions('detect', options, DETECT_OPTIONS)
    return looked(prepare(image, options))
  }
  const dispose = async () => {
    await Promise.allSettled(underWay)
    await session.dispose()
    const { finding, telling } = (await augmentedModel?.catch(() => undefined)) ?? {}
    await finding?.dispose()
    await telling?.dispose()
  }
  return {
    metadata,
    categories: metadata.categories,
    scoreFloor: limits.score,
    detect,
    segment: detect,
    async *detectAll(images, options = {}) {
      requireKnownOptions('detectAll', options, DETECT_OPTIONS)
      requireSeveral(images)
      const found = ahead(images, (image) => looked(prepare(image, options)), 1 + (session.concurrency ?? 1))
      for await (const { item: image, index, made } of found) yield { ...made, image, index }
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}

/** Throws `ConfigError` for what is not one image after the other; the bytes of a file are numbers one after the other. */
function requireSeveral(images: unknown): void {
  const isObject = typeof images === 'object' && images !== null
  const isSeveral = isObject && (Symbol.iterator in images || Symbol.asyncIterator in images)
  if (isSeveral && !ArrayBuffer.isView(images)) return
  throw new ConfigError('not a list of images', {
    where: 'detectAll',
    expected: 'images in an array, a generator or another iterable',
    got: typeof images === 'string' ? 'text' : Object.prototype.toString.call(images).slice(8, -1),
    hint: 'detect takes a single image',
  })
}
