import { DataError } from '../errors.ts'
import { random, STREAM } from '../tensor/random.ts'
import { type AugmentConfig, augment } from './augment/augment.ts'
import { type BatchFeeds, type BatchOptions, limitInstances, makeBatch } from './batch.ts'
import type { Annotation, DatasetImage } from './dataset.ts'
import type { RgbImage } from './picture.ts'
import { makeSample } from './sample.ts'

/** Everything a worker needs for one batch, as plain data that can cross threads. */
export interface BatchJob extends BatchOptions {
  readonly seed: number
  readonly items: readonly BatchItem[]
  readonly labelOf: ReadonlyMap<number, number>
  readonly augment: AugmentConfig
  /** Images with more objects than this keep a random choice of them. */
  readonly maxInstances?: number
}

export interface BatchItem {
  readonly image: DatasetImage
  readonly annotations: readonly Annotation[]
  readonly epoch: number
  /** Place in the epoch's order; with seed and epoch the key of the sample's random numbers. */
  readonly index: number
}

/** The pixels of an image of the data set, by its file name there. */
export type ReadImage = (fileName: string) => Promise<RgbImage>

/**
 * Decodes, augments and collates one batch. A pure function of job and pixels, so it does not matter where
 * it runs. Every failure is a `DataError` that names the file.
 */
export async function runBatchJob(job: BatchJob, readImage: ReadImage): Promise<BatchFeeds> {
  const samples = await Promise.all(
    job.items.map(async ({ image, annotations, epoch, index }) => {
      try {
        const pixels = await readImage(image.fileName)
        const chance = random(job.seed, STREAM.augmentation, epoch, index)
        const plain = makeSample(pixels, image, annotations, job.labelOf, job.keypoints)
        const sample = augment(plain, job.augment, chance)
        return limitInstances(sample, job.maxInstances ?? Number.POSITIVE_INFINITY, chance)
      } catch (cause) {
        throw namingFile(cause, image.fileName)
      }
    }),
  )
  return makeBatch(samples, job)
}

function namingFile(cause: unknown, fileName: string): DataError {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof DataError && message.includes(fileName)) return cause
  return new DataError(message, { where: fileName }, { cause })
}
