import { annotationsOf, type Dataset } from '../data/dataset.ts'
import { DataError } from '../errors.ts'

/** The first `limit` images of a data set with their annotations. */
export function firstImages(dataset: Dataset, limit: number | undefined): Dataset {
  if (limit === undefined || limit >= dataset.images.length) return dataset
  const images = dataset.images.slice(0, limit)
  const annotations = new Map(images.map(({ id }) => [id, annotationsOf(dataset, id)]))
  return { ...dataset, images, annotations }
}

/**
 * Throws one `DataError` naming the first annotation without a mask and how many there are, for a model that learns masks:
 * found in the middle of a run it would cost the steps before it. Crowds are not trained on, but evaluation needs theirs.
 */
export function requireMasks(dataset: Dataset, where: string, use: 'training' | 'evaluation'): void {
  const annotations = dataset.images.flatMap((image) =>
    annotationsOf(dataset, image.id)
      .filter(({ isCrowd }) => use === 'evaluation' || !isCrowd)
      .map(({ id, segmentation }) => ({ id, segmentation, image })),
  )
  const [first, ...others] = annotations.filter(({ segmentation }) => !segmentation)
  if (!first) return
  throw new DataError(`${others.length + 1} of ${annotations.length} annotations have no mask`, {
    where,
    expected: 'a segmentation for every annotation',
    got: `none for annotation ${first.id} of ${first.image.fileName}`,
    hint: 'Add segmentations, or train faster-rcnn, which needs boxes alone',
  })
}
