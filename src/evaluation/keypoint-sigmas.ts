import type { Category, Dataset } from '../data/dataset.ts'
import { oneKeypointCount } from '../data/keypoints.ts'
import { DataError } from '../errors.ts'

/** COCO's 17 keypoints of people: how far those who label them lie apart, per square root of the area. */
export const PERSON_SIGMAS: readonly number[] = [
  0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89,
].map((tenfold) => tenfold / 10)

/** Of each keypoint of any other skeleton: between COCO's for ears (0.035) and wrists (0.062). */
const OTHER_SIGMA = 0.05

/** The sigmas that stand where none are given: COCO's for 17 keypoints, else 0.05 for each. */
export function standardSigmas(count: number): readonly number[] {
  return count === PERSON_SIGMAS.length ? PERSON_SIGMAS : new Array<number>(count).fill(OTHER_SIGMA)
}

/**
 * The standard sigmas for the keypoints that categories name, or else the first annotation has; for people where neither says
 * anything. Throws `DataError` where categories have different numbers of keypoints: a list of sigmas fits one only.
 */
export function sigmasFor(
  { annotations }: Partial<Pick<Dataset, 'annotations'>>,
  evaluated: readonly Category[],
): readonly number[] {
  const named = oneKeypointCount(evaluated, {
    expected: 'one number in an evaluation',
    hint: 'Evaluate each by itself (categoryIds), or in files of its own',
  })
  return standardSigmas(named ?? firstCount(annotations) ?? PERSON_SIGMAS.length)
}

/** Figures of keypoints would all be -1, in silence, of annotations that are about something else. */
export function noKeypoints(where?: string): DataError {
  return new DataError('no annotation has keypoints', {
    where,
    expected: '"keypoints" of at least one annotation',
    hint: 'Choose another --iou (iouType), such as bbox',
  })
}

function firstCount(annotations: Dataset['annotations'] | undefined): number | undefined {
  for (const own of annotations?.values() ?? []) {
    const length = own.find(({ keypoints }) => keypoints)?.keypoints?.length
    if (length) return length / 3
  }
  return undefined
}
