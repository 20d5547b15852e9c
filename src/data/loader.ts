import { ConfigError, DataError } from '../errors.ts'
import { type Random, random, STREAM } from '../tensor/random.ts'
import { groupedByAspect } from './aspect-groups.ts'
import type { AugmentConfig } from './augment/augment.ts'
import type { BatchFeeds, BatchOptions } from './batch.ts'
import type { BatchItem, BatchJob } from './batch-job.ts'
import { companions } from './companions.ts'
import { annotationsOf, type Dataset, type DatasetImage, labelMap } from './dataset.ts'
import { fileKey } from './file-lookup.ts'
import { type RepeatConfig, repeatFactors } from './repeat-factors.ts'

/** Where batches are made: in this thread or in workers. Closing is up to whoever opened it. */
export interface BatchMaker {
  /** Batches that can be in the making at once. */
  readonly concurrency: number
  make(job: BatchJob): Promise<BatchFeeds>
}

/** The next sample: its epoch (from 0) and its place in the epoch's order. Plain data, for checkpoints. */
export interface LoaderPosition {
  readonly epoch: number
  readonly index: number
}

export interface LoaderOptions extends BatchOptions {
  readonly dataset: Dataset
  readonly batchSize: number
  readonly seed: number
  readonly augment: AugmentConfig
  readonly maker: BatchMaker
  readonly maxInstances?: number
  /** Batches made ahead of the one in use; default one more than the maker's concurrency. */
  readonly prefetch?: number
  /** Whether images without objects to learn from are shown as well; default false. */
  readonly keepEmpty?: boolean
  /** Whether images of one orientation make batches, so that little is padded; default false. */
  readonly groupByAspect?: boolean
  /** Rare images shown more often; default: every image once an epoch. */
  readonly repeat?: RepeatConfig
  /** Of `of` loaders that share the images between them: takes every `of`-th batch of the one order, from `part` (from 0) on. */
  readonly share?: { readonly part: number; readonly of: number }
}

export interface LoadedBatch {
  readonly feeds: BatchFeeds
  /** File names of the images, in the order of the batch. */
  readonly files: readonly string[]
  /** Where to continue after this batch, and those of other loaders that it shares the images with. */
  readonly position: LoaderPosition
}

export const START: LoaderPosition = { epoch: 0, index: 0 }

/**
 * Training batches without end. Each epoch is a permutation of the images (of their repeats with `repeat`) drawn from
 * (seed, epoch), each sample is augmented with numbers drawn from (seed, epoch, index): the batches are a pure function
 * of data set, options and position, whatever makes them. A batch that an epoch cannot fill is filled from the next, so that all have the
 * same size and no image is left out. Throws `DataError` for a data set without images to train on and where an
 * image fails, `ConfigError` for impossible options.
 */
export async function* loader(
  options: LoaderOptions,
  from: LoaderPosition = START,
): AsyncGenerator<LoadedBatch, never, undefined> {
  const { dataset, batchSize, maker, prefetch = maker.concurrency + 1, share = { part: 0, of: 1 } } = options
  const images = trainingImages(dataset, options.keepEmpty)
  checkOptions(options, images.length)
  const { labelOf } = labelMap(dataset.categories)
  const { seed, augment, maxInstances, size, divisor, masks, keypoints, ignored } = options
  const shared = { seed, augment, maxInstances, size, divisor, masks, keypoints, ignored, labelOf }
  const factors = options.repeat ? repeatFactors(dataset, images, options.repeat) : images.map(() => 1)
  const order = epochOrders(images, factors, seed, options.groupByAspect ? batchSize : undefined)
  const companionsOf = companions(dataset, images, augment, seed)
  checkPosition(from, order)

  const start = (position: LoaderPosition) => {
    const items: BatchItem[] = []
    let { epoch, index } = position
    for (let i = 0; i < batchSize * share.of; i++) {
      const image = order(epoch)[index]
      if (Math.floor(i / batchSize) === share.part) {
        const annotations = annotationsOf(dataset, image.id)
        items.push({ image, annotations, ...companionsOf(epoch, index), epoch, index })
      }
      if (++index === order(epoch).length) {
        epoch++
        index = 0
      }
    }
    const feeds = maker.make({ ...shared, items })
    // Told when its turn comes; until then it must not count as unhandled.
    feeds.catch(() => {})
    return { feeds, files: items.map(({ image }) => image.fileName), position: { epoch, index } }
  }

  const queue: ReturnType<typeof start>[] = []
  for (let next = from; ; ) {
    while (queue.length <= prefetch) {
      const started = start(next)
      queue.push(started)
      next = started.position
    }
    const { feeds, files, position } = queue.shift()!
    yield { feeds: await feeds, files, position }
  }
}

/** Images to train on: those with at least one object that is not a crowd, or all of them. */
export function trainingImages(dataset: Dataset, keepEmpty = false): readonly DatasetImage[] {
  if (keepEmpty) return dataset.images
  return dataset.images.filter(({ id }) => annotationsOf(dataset, id).some(({ isCrowd }) => !isCrowd))
}

/**
 * Throws one `DataError` that names the annotation file where it lists no images, lists one twice (what is labelled in one
 * entry would be background in the other), or how many of its images are missing and the first of them.
 * @param exists whether there is a file of that name among the images
 */
export async function checkImages(
  dataset: Dataset,
  exists: (fileName: string) => Promise<boolean>,
  annotationFile: string,
): Promise<void> {
  if (dataset.images.length === 0)
    throw new DataError('annotations list no images', { where: annotationFile })
  refuseRepeats(dataset.images, annotationFile)
  const found = await Promise.all(dataset.images.map(({ fileName }) => exists(fileName)))
  const missing = dataset.images.filter((_, i) => !found[i]).map(({ fileName }) => fileName)
  if (missing.length === 0) return
  const shown = missing.slice(0, 5)
  throw new DataError(`${missing.length} of ${dataset.images.length} images are missing`, {
    where: annotationFile,
    got: `no file for ${shown.join(', ')}${missing.length > shown.length ? ', …' : ''}`,
    hint: 'Check the folder of the images against the file names in the annotations',
  })
}

function refuseRepeats(images: readonly DatasetImage[], where: string): void {
  const firsts = new Map<string, DatasetImage>()
  for (const image of images) {
    const key = fileKey(image.fileName)
    const first = firsts.get(key)
    firsts.set(key, image)
    if (!first) continue
    throw new DataError('image is listed twice', {
      where,
      got: `${image.fileName} with the ids ${first.id} and ${image.id}`,
      hint: '`maskwright data doctor` with --fix joins both',
    })
  }
}

type EpochOrder = (epoch: number) => readonly DatasetImage[]

/**
 * Permutation of the images in each epoch; the two newest are kept, since a batch may touch two.
 * @param grouped size of batches that are to be of one orientation
 */
function epochOrders(
  images: readonly DatasetImage[],
  factors: readonly number[],
  seed: number,
  grouped?: number,
): EpochOrder {
  const orders = new Map<number, readonly DatasetImage[]>()
  // Batches go on from one epoch to the next, so where they begin depends on all epochs before.
  const starts = [0]
  const imagesBefore = (epoch: number) => {
    for (let last = starts.length - 1; last < epoch; last++) {
      starts.push(starts[last] + repeated(images, factors, random(seed, STREAM.order, last)).length)
    }
    return starts[epoch]
  }
  return (epoch) => {
    let order = orders.get(epoch)
    if (!order) {
      const chance = random(seed, STREAM.order, epoch)
      order = permuted(repeated(images, factors, chance), chance)
      if (grouped) order = groupedByAspect(order, grouped, imagesBefore(epoch) % grouped)
      orders.delete(epoch - 2)
      orders.set(epoch, order)
    }
    return order
  }
}

/** Each item as often as its factor says; the fraction of a factor is the chance of one more. */
function repeated<T>(items: readonly T[], factors: readonly number[], chance: Random): T[] {
  return items.flatMap((item, i) => {
    const whole = Math.floor(factors[i])
    const fraction = factors[i] - whole
    return new Array<T>(whole + (fraction > 0 && chance.uniform() < fraction ? 1 : 0)).fill(item)
  })
}

/** Fisher and Yates's shuffle. */
function permuted<T>(items: readonly T[], chance: Random): T[] {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = chance.integer(i + 1)
    const held = order[i]
    order[i] = order[j]
    order[j] = held
  }
  return order
}

function checkOptions({ batchSize, prefetch = 0, maxInstances = 1 }: LoaderOptions, images: number) {
  if (images === 0) {
    throw new DataError('data set has no images to train on', {
      expected: 'at least one image with an annotation that is not a crowd',
    })
  }
  const whole = { batchSize: [batchSize, 1], prefetch: [prefetch, 0], maxInstances: [maxInstances, 1] }
  for (const [name, [value, least]] of Object.entries(whole)) {
    if (Number.isInteger(value) && value >= least) continue
    throw new ConfigError('impossible value', {
      where: name,
      expected: `a whole number of at least ${least}`,
      got: `${value}`,
    })
  }
}

function checkPosition({ epoch, index }: LoaderPosition, order: EpochOrder): void {
  const isWhole = [epoch, index].every((value) => Number.isInteger(value) && value >= 0)
  if (isWhole && index < order(epoch).length) return
  throw new DataError('position does not fit the data set', {
    expected: isWhole ? `an index below ${order(epoch).length}` : 'an epoch and an index',
    got: `epoch ${epoch}, index ${index}`,
    hint: 'The data has changed since the checkpoint was written; start from its weights instead of resuming',
  })
}
