import type { OptionNames } from '../names/known-options.ts'
import { PERSON_SIGMAS } from './keypoint-sigmas.ts'

export type IouType = 'bbox' | 'segm' | 'boundary' | 'keypoints'

export interface AreaRange {
  readonly name: string
  /** Square pixels; both ends belong to the range. */
  readonly min: number
  readonly max: number
}

/** What is measured: pycocotools' `Params`. */
export interface EvaluationParams {
  readonly iouThresholds: readonly number[]
  readonly recallThresholds: readonly number[]
  /** Detections counted per image and category, ascending. */
  readonly maxDetections: readonly number[]
  readonly areaRanges: readonly AreaRange[]
  /** False matches detections to any category. */
  readonly useCategories: boolean
  /** Restrict the evaluation; all where absent. */
  readonly imageIds?: readonly number[]
  readonly categoryIds?: readonly number[]
  /**
   * Per-keypoint standard deviations of the object keypoint similarity; one stands for all. An evaluation without them takes
   * COCO's for 17 keypoints and 0.05 for each of any other number.
   */
  readonly keypointSigmas: readonly number[]
  /** Width of the boundaries that `boundary` compares, as a share of the image's diagonal. */
  readonly boundaryDilation: number
}

export const EVALUATION_PARAMS: OptionNames<EvaluationParams> = {
  iouThresholds: true,
  recallThresholds: true,
  maxDetections: true,
  areaRanges: true,
  useCategories: true,
  imageIds: true,
  categoryIds: true,
  keypointSigmas: true,
  boundaryDilation: true,
}

/** COCO's range for objects of any size. */
export const ALL: AreaRange = { name: 'all', min: 0, max: 1e10 }
const SMALL: AreaRange = { name: 'small', min: 0, max: 32 ** 2 }
const MEDIUM: AreaRange = { name: 'medium', min: 32 ** 2, max: 96 ** 2 }
const LARGE: AreaRange = { name: 'large', min: 96 ** 2, max: 1e10 }

/** COCO's parameters; the thresholds are NumPy's linspace to the last bit (0.8999999999999999 for 0.9). */
export function defaultParams(iouType: IouType): EvaluationParams {
  const shared = {
    iouThresholds: linspace(0.5, 0.95, 10),
    recallThresholds: linspace(0, 1, 101),
    useCategories: true,
    keypointSigmas: PERSON_SIGMAS,
    boundaryDilation: 0.02,
  }
  if (iouType === 'keypoints') return { ...shared, maxDetections: [20], areaRanges: [ALL, MEDIUM, LARGE] }
  return { ...shared, maxDetections: [1, 10, 100], areaRanges: [ALL, SMALL, MEDIUM, LARGE] }
}

function linspace(start: number, stop: number, count: number): number[] {
  const step = (stop - start) / (count - 1)
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? stop : i * step + start))
}
