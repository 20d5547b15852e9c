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

/**
 * Throws `DataError` for a model of `count` keypoints where its categories have others, an object has another number than its
 * category, or no object has any labelled: found in the middle of a run it would cost the steps before it.
 */
export function requireKeypoints(dataset: Dataset, count: number, where: string): void {
  const named = new Map(dataset.categories.map(({ id, keypoints }) => [id, keypoints?.length ?? 0]))
  let labelled = 0
  for (const image of dataset.images) {
    for (const { id, categoryId, keypoints, isCrowd } of annotationsOf(dataset, image.id)) {
      if (!keypoints || isCrowd || !named.get(categoryId)) continue
      if (keypoints.length !== 3 * count) {
        throw new DataError('an object has another number of keypoints than the model', {
          where: `${where}: annotation ${id} of ${image.fileName}`,
          expected: `${count}`,
          got: `${keypoints.length / 3}`,
        })
      }
      if (keypoints.some((value, i) => i % 3 === 2 && value > 0)) labelled++
    }
  }
  if (labelled > 0) return
  throw new DataError('no object has labelled keypoints', {
    where,
    expected: '"keypoints" of annotations: x, y and visibility of each',
    hint: 'Add keypoints, or train a model without, such as mask-rcnn',
  })
}
