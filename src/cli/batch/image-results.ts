/** One image of a batch: from a file to its line. */
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { withAttempts } from '../../batch/attempts.ts'
import type { ListedImage } from '../../batch/listing.ts'
import type { BatchPlan } from '../../batch/plan.ts'
import type { FailedResult } from '../../batch/shard.ts'
import type { ReadingOptions } from '../../data/image-reading.ts'
import { DataError, type MaskwrightError, SessionError } from '../../errors.ts'
import { isUrl } from '../../node/files.ts'
import { isTransient } from '../../node/transient-failure.ts'
import type { Augmentation } from '../../predict/augmentation.ts'
import type { Detector } from '../../predict/detector.ts'
import { readingFor, withNotes } from '../../predict/model-reading.ts'
import { predictionJson } from '../../predict/to-json.ts'
import type { TileFlag } from '../flags.ts'
import { openInput } from '../predict-inputs.ts'
import { say } from '../print.ts'

/** How images are read and segmented; all that decides about results beside the model. */
export interface BatchSettings {
  readonly score: number
  readonly max?: number
  readonly tile?: TileFlag
  readonly overlap?: number
  readonly tta?: Augmentation
  readonly intensity?: ReadingOptions['intensity']
  readonly channels?: ReadingOptions['channels']
}

/** As JSON, without what was not given. */
export function planSettings(settings: BatchSettings): BatchPlan['settings'] {
  const { score, max, tile, overlap, tta, intensity, channels } = settings
  return JSON.parse(JSON.stringify({ score, max, tile, overlap, tta, intensity, channels }))
}

export interface ImageResult {
  /** A line of JSON: as `predict --json` has an image, without its time; `{ file, error }` where it failed. */
  readonly line: string
  readonly isFailed: boolean
  /** What it failed with before, where it was tried again. */
  readonly before: readonly string[]
}

export type ImageLooker = (image: ListedImage) => Promise<ImageResult>

interface LookerOptions {
  readonly detector: Detector<never>
  readonly settings: BatchSettings
  /** The folder that relative paths are seen from. */
  readonly base: string
  readonly retries: number
  readonly signal: AbortSignal
}

/** After so many images in a row that could not be computed it is the machine, not the images. */
const MOST_FAILED_RUNS = 16

/**
 * Looks at images. One that cannot be read or computed has a line that says why, after further attempts where that may pass. Throws
 * what is not about one image: a bug, a thread that died, images in a row that cannot be computed.
 */
export function imageLooker({ detector, settings, base, retries, signal }: LookerOptions): ImageLooker {
  const { intensity, channels, ...detecting } = settings
  const modelReading = readingFor(detector.metadata, { intensity, channels })
  const look = async ({ file, path = file, page }: ListedImage) => {
    const here = isUrl(path) || base === process.cwd() ? path : resolve(base, path)
    const input = { file, imageId: 0, ...((here !== file || page) && { path: here, page }) }
    const opened = await openInput(input, modelReading.reading)
    try {
      const picture = withNotes(opened, modelReading.notes)
      const { milliseconds: _, ...result } = predictionJson(
        file,
        await detector.detect(picture, { ...detecting, signal, name: file }),
      )
      return JSON.stringify(result)
    } finally {
      await opened.close()
    }
  }
  let failedRuns = 0
  return async (image) => {
    const { file, path = file } = image
    const before: string[] = []
    const reason = (error: unknown) => reasonFor(error as MaskwrightError, file, resolve(base, path))
    try {
      const line = await withAttempts(() => look(image), {
        ...{ retries, signal, wait: (seconds) => delay(1000 * seconds, undefined, { signal }) },
        mayPass: (error) => error instanceof SessionError || isTransient(error),
        onRetry: (error) => {
          before.push(reason(error))
          say(`${before[before.length - 1]} (tried again)`)
        },
      })
      failedRuns = 0
      return { line, isFailed: false, before }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof SessionError && ++failedRuns >= MOST_FAILED_RUNS) throw error
      if (!(error instanceof DataError || error instanceof SessionError)) throw error
      const failed: FailedResult = { file, error: reason(error), ...(before.length > 0 && { before }) }
      return { line: JSON.stringify(failed), isFailed: true, before: [] }
    }
  }
}

/** The message with the image named as the batch names it, so that it is the same wherever it is looked at. */
function reasonFor({ message }: MaskwrightError, file: string, place: string): string {
  const named = message.startsWith(`${place}: `) ? file + message.slice(place.length) : message
  return named.startsWith(`${file}: `) ? named : `${file}: ${named}`
}
