/** What photos and their labels look like, for choosing settings. */
import { availableParallelism, totalmem } from 'node:os'
import { annotationsOf, type Dataset } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'
import { loadImageSize } from '../../node/decode-image.ts'
import type { DataFacts, ObjectFacts } from '../../train/suggestion.ts'
import { say } from '../print.ts'

/** Images whose headers are looked at. */
const MOST_LOOKED_AT = 1000
/** Those looked at at once. */
const AT_ONCE = 16
/** Unreadable images that are named. */
const MOST_NAMED = 3

/** Of labelled images, whose sizes the labels say. */
export function factsOf(dataset: Dataset): DataFacts {
  return { ...factsOfSizes(dataset.images), objects: objectsOf(dataset) }
}

/** Of images without labels. */
export function factsOfSizes(sizes: readonly Size[]): DataFacts {
  const shorter = sizes.map(({ width, height }) => Math.min(width, height))
  const elongations = sizes.map(({ width, height }) => Math.max(width, height) / Math.min(width, height))
  return {
    images: sizes.length,
    shorterSide: Math.round(share(shorter, 0.5)),
    elongation: elongations.reduce((most, each) => Math.max(most, each), 1),
    ...machineFacts(),
  }
}

export function machineFacts(): Pick<DataFacts, 'cores' | 'memory'> {
  // Of a container what it may use; without a limit that is a number beyond all memory, or 0.
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return { cores: availableParallelism(), memory: Math.min(allowed, totalmem()) }
}

/** Sizes of the images that can be read, of a large folder of the first; how many cannot is told. */
export async function measuredSizes(files: readonly string[]): Promise<Size[]> {
  const looked = files.slice(0, MOST_LOOKED_AT)
  const failed: string[] = []
  const sizes = (await readSizes(looked, (message) => failed.push(message))).filter(
    (size) => size !== undefined,
  )
  if (sizes.length === 0) throw new DataError('no image can be read', { where: files[0] })
  if (failed.length > 0) {
    for (const message of failed.slice(0, MOST_NAMED)) say(`passed over: ${message}`)
    say(`${failed.length} of ${looked.length} images cannot be read`)
  }
  // Those beyond are taken to be like the first.
  const unseen = files.slice(looked.length).map((_, i) => sizes[i % sizes.length])
  return [...sizes, ...unseen]
}

/** Of each file; undefined of one that cannot be read, whose reason is told. */
export async function readSizes(
  files: readonly string[],
  onUnreadable: (message: string) => void,
  signal?: AbortSignal,
): Promise<(Size | undefined)[]> {
  const sizes: (Size | undefined)[] = []
  for (let i = 0; i < files.length; i += AT_ONCE) {
    signal?.throwIfAborted()
    const read = files.slice(i, i + AT_ONCE).map((file) =>
      loadImageSize(file).catch((error) => {
        if (!(error instanceof DataError)) throw error
        onUnreadable(error.message)
        return undefined
      }),
    )
    sizes.push(...(await Promise.all(read)))
  }
  return sizes
}

function objectsOf(dataset: Dataset): ObjectFacts {
  const perImage = dataset.images.map(({ id }) =>
    annotationsOf(dataset, id).filter(({ isCrowd }) => !isCrowd),
  )
  const objects = perImage.flat()
  const sides = objects.map(({ box: [x1, y1, x2, y2] }) => Math.max(x2 - x1, y2 - y1))
  const logs = objects
    .map(({ box: [x1, y1, x2, y2] }) => Math.log((y2 - y1) / (x2 - x1)))
    .filter(Number.isFinite)
  return {
    count: objects.length,
    categories: dataset.categories.map(({ name }) => name),
    hasMasks: objects.every(({ segmentation }) => segmentation !== undefined),
    hasKeypoints: objects.some(({ keypoints }) => keypoints !== undefined),
    tallness: logs.reduce((sum, log) => sum + log, 0) / Math.max(1, logs.length),
    small: share(sides, 0.1),
    quarter: share(sides, 0.25),
    median: share(sides, 0.5),
    large: share(sides, 0.9),
    most: perImage.reduce((most, { length }) => Math.max(most, length), 0),
  }
}

/** The value below which a share of all values lies; there is at least one. */
function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]
}
