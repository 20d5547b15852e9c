import type { Dataset, DatasetImage, Segmentation } from '../../data/dataset.ts'
import { segmentationBox, segmentationToRle } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import type { XywhBox } from '../../geometry/boxes.ts'
import { rleArea } from '../../geometry/rle.ts'
import { extent } from '../../tensor/extent.ts'
import {
  coordinatesAt,
  describe,
  integerAt,
  isAbsent,
  type JsonObject,
  numberAt,
  objectAt,
} from '../json-fields.ts'
import { lastPart } from '../split-folders.ts'
import { parseCocoSegmentation } from './coco-segmentation.ts'

/** One detection in a COCO results array. */
export interface CocoResult {
  /** Position in the array, counted from 1. */
  readonly id: number
  readonly imageId: number
  readonly categoryId: number
  readonly score: number
  /** How well the mask is thought to fit, times `score`: where a result says so, masks are ranked by it. */
  readonly maskScore?: number
  readonly xywh: XywhBox
  /** Decides the area range: of the box where the entry has one, else of the mask, else of the keypoints' box. */
  readonly area: number
  readonly segmentation?: Segmentation
  /** x y and anything (often a score) for each keypoint. */
  readonly keypoints?: readonly number[]
}

/**
 * A COCO results array, already parsed from JSON: `image_id`, `category_id`, `score` and at least one of `bbox`,
 * `segmentation` and `keypoints`, and `mask_score` where the model gave one; areas and missing boxes as pycocotools' `loadRes` fills them in. Throws
 * `DataError` naming the entry, also for images that `groundTruth` does not have.
 */
export function parseCocoResults(
  json: unknown,
  where: string,
  groundTruth: Pick<Dataset, 'images'>,
): CocoResult[] {
  if (!Array.isArray(json)) throw resultsNoList(where, describe(json))
  const images = new Map(groundTruth.images.map((image) => [image.id, image]))
  return json.map((entry, i) => parseCocoResult(entry, i, images, where))
}

export function resultsNoList(where: string, got: string): DataError {
  return new DataError('results are not a list', { where, expected: 'a COCO results array', got })
}

/** One entry of a results array, at place `index` in it. */
export function parseCocoResult(
  entry: unknown,
  index: number,
  images: ReadonlyMap<number, DatasetImage>,
  where: string,
): CocoResult {
  const at = `${where}: [${index}]`
  const object = objectAt(entry, at)
  const imageId = integerAt(object, 'image_id', at)
  const image = images.get(imageId)
  if (!image) {
    throw new DataError('result is for an image the annotations do not have', {
      where: at,
      got: `image_id ${imageId}`,
      hint: 'Results and annotations must be of the same data',
    })
  }
  requireSameName(object.file_name, image, at)
  return {
    id: index + 1,
    imageId,
    categoryId: integerAt(object, 'category_id', at),
    score: numberAt(object, 'score', at),
    ...(!isAbsent(object.mask_score) && { maskScore: numberAt(object, 'mask_score', at) }),
    ...parseShape(object, image, at),
  }
}

/** Results that name their image (COCO's own do not) must mean the one that their id is. */
function requireSameName(stated: unknown, { id, fileName }: DatasetImage, where: string): void {
  if (typeof stated !== 'string' || fileName === '' || lastPart(stated) === lastPart(fileName)) return
  throw new DataError('result is of another image than its id says', {
    where,
    expected: `${fileName}, which is image ${id} of the annotations`,
    got: stated,
    hint: 'Let predict take the ids of images from the annotations (--annotations FILE)',
  })
}

function parseShape(
  object: JsonObject,
  image: DatasetImage,
  where: string,
): Pick<CocoResult, 'xywh' | 'area' | 'segmentation' | 'keypoints'> {
  const segmentation = parseCocoSegmentation(object.segmentation, image, where)
  const keypoints = isAbsent(object.keypoints) ? undefined : coordinatesAt(object, 'keypoints', where)
  if (segmentation && !('counts' in segmentation) && segmentation.some((ring) => ring.length < 6)) {
    throw new DataError('result has a polygon that encloses nothing', {
      where,
      expected: 'at least three points',
    })
  }
  if (keypoints && (keypoints.length === 0 || keypoints.length % 3 !== 0)) {
    throw new DataError('"keypoints" is wrong', {
      where,
      expected: 'three numbers for each',
      got: `${keypoints.length} numbers`,
    })
  }
  const hasBox = Array.isArray(object.bbox) ? object.bbox.length > 0 : !isAbsent(object.bbox)
  if (hasBox) {
    const [x, y, width, height] = coordinatesAt(object, 'bbox', where, 4)
    return { xywh: [x, y, width, height], area: width * height, segmentation, keypoints }
  }
  if (segmentation) {
    const mask = segmentationToRle(segmentation, image, where)
    return { xywh: segmentationBox(mask), area: rleArea(mask), segmentation: mask, keypoints }
  }
  if (keypoints) {
    const [xs, ys] = [0, 1].map((offset) => keypoints.filter((_, i) => i % 3 === offset))
    const [[x1, x2], [y1, y2]] = [extent(xs), extent(ys)]
    return { xywh: [x1, y1, x2 - x1, y2 - y1], area: (x2 - x1) * (y2 - y1), keypoints }
  }
  throw new DataError('result has no shape', { where, expected: 'bbox, segmentation or keypoints' })
}
