/** What a model will see of labelled images in a training. */
import { makeItem } from '../../data/batch-job.ts'
import { companions } from '../../data/companions.ts'
import { annotationsOf, type Dataset, type DatasetImage, labelMap } from '../../data/dataset.ts'
import { keypointPlan } from '../../data/keypoints.ts'
import { trainingImages } from '../../data/loader.ts'
import type { Sample } from '../../data/sample.ts'
import { sampleDataset } from '../../data/sample-dataset.ts'
import { recompressJpeg } from '../../node/decode-image.ts'
import type { SheetEntry } from '../../predict/contact-sheet.ts'
import type { ResolvedConfig } from '../../train/train-config.ts'
import { startProgress } from '../progress.ts'

interface AugmentedOptions {
  readonly config: ResolvedConfig
  readonly images: readonly DatasetImage[]
  /** Samples of each image. */
  readonly each: number
  readonly seed: number
  readonly readImage: Parameters<typeof makeItem>[2]
  /** The data, as messages name it. */
  readonly where: string
  readonly signal: AbortSignal
}

/** Each image as so many trainings samples, drawn as in a training. Throws `DataError` for an image that cannot be read. */
export async function augmentedEntries(
  dataset: Dataset,
  { config, images, each, seed, readImage, where, signal }: AugmentedOptions,
): Promise<{ readonly dataset: Dataset; readonly entries: readonly SheetEntry[] }> {
  const { augment, maxInstances } = config
  const { flipPairs, horizontalFlip, verticalFlip } = augment
  const isFlipped = horizontalFlip > 0 || verticalFlip > 0
  const hasKeypoints = dataset.categories.some(({ keypoints = [] }) => keypoints.length > 0)
  const keypoints = hasKeypoints
    ? keypointPlan(dataset.categories, where, { flipPairs, isFlipped })
    : undefined
  const { labelOf } = labelMap(dataset.categories)
  const companionsOf = companions(dataset, trainingImages(dataset, true), augment, seed)
  const samples: Sample[] = []
  const progress = startProgress(images.length * each, 'samples')
  try {
    for (const [index, image] of images.entries()) {
      for (let epoch = 0; epoch < each; epoch++) {
        signal.throwIfAborted()
        const annotations = annotationsOf(dataset, image.id)
        const item = { image, annotations, epoch, index, ...companionsOf(epoch, index) }
        const options = { seed, labelOf, augment, maxInstances, keypoints }
        samples.push(await makeItem(item, options, readImage, recompressJpeg))
        progress.step(samples.length, image.fileName)
      }
    }
  } finally {
    progress.end()
  }
  const augmented = sampleDataset(samples, dataset.categories)
  const entries = augmented.images.map((image, i) => ({ image, picture: samples[i].image }))
  return { dataset: augmented, entries }
}
