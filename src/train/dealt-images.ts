/** The images that a training without a configuration learns from, and those that tell how well. */
import { annotationsOf, type Dataset } from '../data/dataset.ts'
import { stratifiedSplit } from '../data/stratified-split.ts'
import { joinedGroups } from '../doctor/image-groups.ts'
import { DataError } from '../errors.ts'

export interface DealtImages {
  readonly train: Dataset
  /** Undefined where there are too few images. */
  readonly val?: Dataset
  /** Pictures with objects that do not look the same. */
  readonly labelled: number
}

/** With fewer images, one to validate on is one less to learn from and says little. */
export const LEAST_TO_SPLIT = 5
const VAL_SHARE = 0.2
/** More tell little more, and teach nothing. */
const MOST_DEALT = 200

/**
 * Images that look alike come to one side. Throws `DataError` where one side would have no objects.
 * @param alike pairs of places of images whose pictures look the same
 */
export function dealtImages(dataset: Dataset, alike: readonly (readonly [number, number])[]): DealtImages {
  const groups = joinedGroups(
    dataset.images.map(() => undefined),
    alike,
  )
  const labelled = new Set(groups.filter((_, i) => hasObjects(dataset, dataset.images[i].id))).size
  if (labelled < LEAST_TO_SPLIT) return { train: dataset, labelled }
  const share = Math.min(VAL_SHARE, MOST_DEALT / dataset.images.length)
  const sides = [
    { name: 'train', share: 1 - share },
    { name: 'val', share },
  ]
  const [train, val] = stratifiedSplit(dataset, sides, { seed: 0, groups })
  const isTaught = (side: Dataset) => side.images.some(({ id }) => hasObjects(side, id))
  if (!isTaught(train) || !isTaught(val)) {
    throw new DataError('the labelled images cannot be split into two sides with objects', {
      hint: 'Label more images, or name those to validate on with --val',
    })
  }
  return { train, val, labelled }
}

/** Throws `DataError` for labels without any object. */
export function requireObjects(dataset: Dataset, where?: string): void {
  if (!dataset.images.some(({ id }) => hasObjects(dataset, id))) throw noObjects(where)
}

export function noObjects(where?: string): DataError {
  return new DataError('the labels have no object', { where, hint: 'Label at least one object' })
}

function hasObjects(dataset: Dataset, imageId: number): boolean {
  return annotationsOf(dataset, imageId).some(({ isCrowd }) => !isCrowd)
}
