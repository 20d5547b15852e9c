/** The keypoints of a run: found and checked before anything starts, since in the middle of a run a fault would cost its steps. */
import { annotationsOf, type Category, type Dataset } from '../data/dataset.ts'
import { type KeypointPlan, keypointPlan } from '../data/keypoints.ts'
import { ConfigError, DataError } from '../errors.ts'
import { requireSameKeypoints } from '../evaluation/matched-categories.ts'
import { MOST } from '../models/setting-limits.ts'
import { findsKeypoints } from './config-model.ts'
import type { ResolvedConfig } from './train-config.ts'

const SIGMAS = 'data.val.sigmas'

export interface RunData {
  readonly config: ResolvedConfig
  readonly train: Dataset
  readonly val?: Dataset
}

/**
 * What a run learns of keypoints; undefined where its model finds none. Throws `ConfigError` for pairs or sigmas of keypoints where it
 * finds none, and for sigmas of another number,
 * `DataError` for data without labelled keypoints, with other numbers of them than its categories name, with lines of a skeleton to
 * keypoints that do not exist, or with other keypoints in validation than in training.
 */
export function learnedKeypoints({ config, train, val }: RunData): KeypointPlan | undefined {
  const { horizontalFlip, verticalFlip, flipPairs } = config.augment
  if (!findsKeypoints(config.model.name)) {
    if (flipPairs?.length) {
      throw new ConfigError('the model finds no keypoints that could change sides', {
        where: 'augment.flipPairs',
        got: config.model.name,
        hint: 'Leave it out, or train keypoint-rcnn',
      })
    }
    if (config.data.val?.sigmas) {
      throw new ConfigError('the model finds no keypoints that could be compared', {
        where: SIGMAS,
        got: config.model.name,
        hint: 'Leave it out, or train keypoint-rcnn',
      })
    }
    return undefined
  }
  const where = config.data.train.annotations
  const isFlipped = horizontalFlip > 0 || verticalFlip > 0
  const plan = keypointPlan(train.categories, where, { flipPairs, isFlipped })
  if (plan.count > MOST.keypoints) {
    const expected = `at most ${MOST.keypoints}`
    throw new DataError('categories have too many keypoints', { where, expected, got: `${plan.count}` })
  }
  requireSigmas(config.data.val?.sigmas, plan.count)
  requireSkeletons(train.categories, where)
  requireLabelled(train, where)
  if (val) {
    requireSameKeypoints(train.categories, val.categories, config.data.val!.annotations)
    requireLabelled(val, config.data.val!.annotations)
  }
  return plan
}

/** Categories as the model file says them: one that finds no keypoints names none. */
export function describedCategories(
  categories: readonly Category[],
  plan: KeypointPlan | undefined,
): readonly Category[] {
  return plan ? categories : categories.map(({ keypoints, skeleton, ...category }) => category)
}

function requireSigmas(sigmas: readonly number[] | undefined, count: number): void {
  if (!sigmas || sigmas.length === 1 || sigmas.length === count) return
  throw new ConfigError('sigmas are not those of the keypoints', {
    where: SIGMAS,
    expected: `one number for all, or ${count}: one for each keypoint of the data`,
    got: `${sigmas.length}`,
  })
}

/** A model file tells its skeletons, and is read only where they are right. */
function requireSkeletons(categories: readonly Category[], where: string): void {
  for (const { name, keypoints = [], skeleton = [] } of categories) {
    const { length } = keypoints
    const wrong = skeleton.find((line) =>
      line.some((end) => !Number.isInteger(end) || end < 1 || (length > 0 && end > length)),
    )
    if (!wrong) continue
    throw new DataError('a line of the skeleton is not between two keypoints', {
      where: `${where}: category ${name}`,
      expected: `two numbers from 1 to ${length}: COCO counts keypoints from 1`,
      got: wrong.join(' and '),
    })
  }
}

function requireLabelled(dataset: Dataset, where: string): void {
  const counts = new Map(dataset.categories.map(({ id, keypoints }) => [id, keypoints?.length ?? 0]))
  let labelled = 0
  for (const image of dataset.images) {
    for (const { id, categoryId, keypoints, isCrowd } of annotationsOf(dataset, image.id)) {
      const count = counts.get(categoryId)
      if (!keypoints || !count) continue
      if (keypoints.length !== 3 * count) {
        throw new DataError('an object has another number of keypoints than its category', {
          where: `${where}: annotation ${id} of ${image.fileName}`,
          expected: `${count}`,
          got: `${keypoints.length / 3}`,
        })
      }
      if (!isCrowd && keypoints.some((value, i) => i % 3 === 2 && value > 0)) labelled++
    }
  }
  if (labelled > 0) return
  throw new DataError('no object has labelled keypoints', {
    where,
    expected: '"keypoints" of annotations: x, y and visibility of each',
    hint: 'Add keypoints, or train a model without, such as mask-rcnn',
  })
}
