import { DataError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import { random, STREAM } from '../tensor/random.ts'
import { tensor } from '../tensor/tensor.ts'
import { type AugmentConfig, augment } from './augment/augment.ts'
import { jpegByChance, type Recompress } from './augment/jpeg.ts'
import { type BatchFeeds, type BatchOptions, FEED, limitInstances, makeBatch } from './batch.ts'
import type { Companions, LabelledImage } from './companions.ts'
import type { RgbImage } from './picture.ts'
import { makeSample, type Sample } from './sample.ts'

/** What becomes of all images of a training. */
export interface SampleOptions extends Pick<BatchOptions, 'keypoints'> {
  readonly seed: number
  readonly labelOf: ReadonlyMap<number, number>
  readonly augment: AugmentConfig
  /** Images with more objects than this keep a random choice of them; the others are ignored. */
  readonly maxInstances?: number
  /** Default true; false reads no image: those of the batch are black, and it has `FEED.orientations`. */
  readonly pixels?: boolean
}

/** Everything a worker needs for one batch, as plain data that can cross threads. */
export interface BatchJob extends BatchOptions, SampleOptions {
  readonly items: readonly BatchItem[]
}

export interface BatchItem extends LabelledImage, Companions {
  readonly epoch: number
  /** Place in the epoch's order; with seed and epoch the key of the sample's random numbers. */
  readonly index: number
}

/** The pixels of an image of the data set, by its file name there. */
export type ReadImage = (fileName: string) => Promise<RgbImage>

/**
 * Decodes, augments and collates one batch. A pure function of job and pixels, so it does not matter where
 * it runs. `recompress` is needed for `augment.jpeg`. Every failure is a `DataError` that names the file.
 */
export async function runBatchJob(
  job: BatchJob,
  readImage: ReadImage,
  recompress?: Recompress,
): Promise<BatchFeeds> {
  const samples = await Promise.all(job.items.map((item) => makeItem(item, job, readImage, recompress)))
  const batch = makeBatch(samples, job)
  if (job.pixels !== false) return batch
  const orientations = Int32Array.from(samples, ({ orientation = 0 }) => orientation)
  return { ...batch, [FEED.orientations]: tensor('int32', [samples.length], orientations) }
}

/** One sample as the network learns from it. Fails as `runBatchJob`. */
export async function makeItem(
  item: BatchItem,
  {
    seed,
    augment: config,
    labelOf,
    keypoints,
    maxInstances = Number.POSITIVE_INFINITY,
    pixels,
  }: SampleOptions,
  readImage: ReadImage,
  recompress?: Recompress,
): Promise<Sample> {
  const plain = async ({ image, annotations }: LabelledImage) => {
    try {
      const picture = pixels === false ? blackImage(image) : await readImage(image.fileName)
      return makeSample(picture, image, annotations, labelOf, keypoints)
    } catch (cause) {
      throw namingFile(cause, image.fileName)
    }
  }
  const [own, pasted, quarters] = await Promise.all([
    plain(item),
    item.pasted && plain(item.pasted),
    item.quarters && Promise.all(item.quarters.map(plain)),
  ])
  const chance = random(seed, STREAM.augmentation, item.epoch, item.index)
  try {
    const sample = limitInstances(augment(own, config, chance, { pasted, quarters }), maxInstances, chance)
    const { jpeg } = config
    return jpeg ? { ...sample, image: await jpegByChance(sample.image, jpeg, chance, recompress) } : sample
  } catch (cause) {
    throw namingFile(cause, item.image.fileName)
  }
}

function blackImage({ width, height }: Size): RgbImage {
  return { width, height, data: new Uint8Array(width * height * 3) }
}

function namingFile(cause: unknown, fileName: string): DataError {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof DataError && message.includes(fileName)) return cause
  return new DataError(message, { where: fileName }, { cause })
}
