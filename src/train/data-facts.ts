/** What photos and their labels look like, for choosing settings. */
import { annotationsOf, type Dataset } from '../data/dataset.ts'
import type { Size } from '../geometry/boxes.ts'
import type { DataFacts, ObjectFacts } from './suggestion.ts'

export type MachineFacts = Pick<DataFacts, 'cores' | 'memory'>

/** Of labelled images, whose sizes the labels say. */
export function factsOf(dataset: Dataset, machine: MachineFacts): DataFacts {
  return { ...factsOfSizes(dataset.images, machine), objects: objectsOf(dataset) }
}

/** Of images without labels. */
export function factsOfSizes(sizes: readonly Size[], machine: MachineFacts): DataFacts {
  const shorter = sizes.map(({ width, height }) => Math.min(width, height))
  const elongations = sizes.map(({ width, height }) => Math.max(width, height) / Math.min(width, height))
  return {
    images: sizes.length,
    shorterSide: Math.round(share(shorter, 0.5)),
    elongation: elongations.reduce((most, each) => Math.max(most, each), 1),
    ...machine,
  }
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
