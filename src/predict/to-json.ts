import type { PixelSize } from '../data/pixel-size.ts'
import { boxArea, boxToXywh } from '../geometry/boxes.ts'
import type { CompressedRle } from '../geometry/rle.ts'
import type { PredictedImage } from './export/exporter.ts'
import type { Instance } from './instance.ts'
import type { Measurements } from './measurements.ts'
import type { Prediction } from './predictor.ts'

export interface InstanceJson {
  readonly category_id: number
  readonly category: string
  readonly score: number
  /** `score` times the IoU that the mask is expected to have with its object, from models that predict it. */
  readonly mask_score?: number
  readonly bbox: readonly number[]
  readonly area: number
  readonly segmentation?: CompressedRle
  /** x, y and 1 of each, as COCO's results have it. */
  readonly keypoints?: readonly number[]
  /** How much the place of each stands out: a logit. */
  readonly keypoint_scores?: readonly number[]
  /** Where they were asked for and there is a mask that is not empty. */
  readonly measurements?: Measurements
}

export interface ImageJson {
  readonly file: string
  readonly width: number
  readonly height: number
  readonly milliseconds: number
  readonly instances: readonly InstanceJson[]
  /** What was known of it where instances were measured; absent where that is nothing. */
  readonly pixel_size?: PixelSize
  /** What people should know of how this came about; absent where there is nothing to say. */
  readonly notes?: readonly string[]
}

/** One image of the document that `predict --json` prints; boxes are x, y, width, height. */
export function predictionJson(
  file: string,
  { width, height, milliseconds, instances, notes }: Prediction,
  { measurements, pixelSize }: Pick<PredictedImage, 'measurements' | 'pixelSize'> = {},
): ImageJson {
  return {
    file,
    width,
    height,
    milliseconds: Math.round(milliseconds * 10) / 10,
    instances: instances.map((instance, i) => ({
      ...instanceJson(instance),
      ...(measurements?.[i] && { measurements: measurements[i] }),
    })),
    ...(pixelSize && { pixel_size: pixelSize }),
    ...(notes.length > 0 && { notes }),
  }
}

/** Square pixels of the mask, or of the box where there is no mask. */
export function instanceArea({ box, mask }: Instance): number {
  return mask ? mask.area : boxArea(box)
}

function instanceJson(instance: Instance): InstanceJson {
  const { categoryId, category, score, maskScore, box, mask, keypoints } = instance
  return {
    category_id: categoryId,
    category,
    score,
    ...(maskScore !== undefined && { mask_score: maskScore }),
    bbox: boxToXywh(box),
    area: instanceArea(instance),
    ...(mask && { segmentation: mask.toRle() }),
    ...(keypoints && {
      keypoints: keypoints.flatMap(({ x, y }) => [x, y, 1]),
      keypoint_scores: keypoints.map((point) => point.score),
    }),
  }
}

/** A COCO results array entry for each instance; `evaluate --results` reads it. */
export function cocoResults(imageId: number, instances: readonly Instance[]) {
  return instances.map((instance) => {
    const { category: _, area: __, ...entry } = instanceJson(instance)
    return { image_id: imageId, ...entry }
  })
}
