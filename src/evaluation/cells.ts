import {
  type Annotation,
  annotationsOf,
  annotationToRle,
  type Dataset,
  segmentationToRle,
} from '../data/dataset.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { boxIouMatrix, boxToXywh, type Size, xywhToBox } from '../geometry/boxes.ts'
import { boxToRle } from '../geometry/polygon.ts'
import { rleIouMatrix } from '../geometry/rle-iou.ts'
import { boundaryIouMatrix } from './boundary.ts'
import type { EvaluationParams, IouType } from './evaluation-params.ts'
import { keypointSimilarity } from './keypoint-similarity.ts'
import type { Cell } from './match-detections.ts'

/** What lies in one image and one category, before overlaps are computed. */
export interface CellContent {
  readonly image: Size & { readonly id: number }
  readonly detections: CocoResult[]
  readonly groundTruths: Annotation[]
}

/**
 * Ground truths and results by category (in the order of `categoryIds`), and in each by image in ascending order
 * of id, images without either left out. All categories are one where the evaluation does not tell them apart.
 */
export function groupCells(
  groundTruth: Dataset,
  results: readonly CocoResult[],
  imageIds: readonly number[],
  categoryIds: readonly number[],
  useCategories: boolean,
): CellContent[][] {
  const images = new Map(groundTruth.images.map((image) => [image.id, image]))
  const wanted = new Set(imageIds)
  const row = new Map(categoryIds.map((id, k) => [id, k]))
  const rows = categoryIds.map(() => new Map<number, CellContent>())
  const cellOf = (imageId: number, categoryId: number): CellContent | undefined => {
    const cells = wanted.has(imageId) ? rows[row.get(categoryId) ?? -1] : undefined
    const image = images.get(imageId)
    if (!cells || !image) return undefined
    let cell = cells.get(imageId)
    if (!cell) {
      cell = { image, detections: [], groundTruths: [] }
      cells.set(imageId, cell)
    }
    return cell
  }
  for (const imageId of imageIds) {
    for (const annotation of annotationsOf(groundTruth, imageId)) {
      cellOf(imageId, annotation.categoryId)?.groundTruths.push(annotation)
    }
  }
  for (const result of results) cellOf(result.imageId, result.categoryId)?.detections.push(result)
  const listed = rows.map((cells) => [...cells.values()].sort((a, b) => a.image.id - b.image.id))
  return useCategories ? listed : [joinCategories(listed)]
}

/** One cell an image, contents in the order of the categories. */
export function joinCategories(rows: readonly (readonly CellContent[])[]): CellContent[] {
  const joined = new Map<number, CellContent>()
  for (const { image, detections, groundTruths } of rows.flat()) {
    const cell = joined.get(image.id)
    if (!cell) joined.set(image.id, { image, detections: [...detections], groundTruths: [...groundTruths] })
    else {
      for (const one of detections) cell.detections.push(one)
      for (const one of groundTruths) cell.groundTruths.push(one)
    }
  }
  return [...joined.values()].sort((a, b) => a.image.id - b.image.id)
}

/** A cell ready for matching: detections ranked and cut to the largest number evaluated, overlaps computed. */
export function measureCell(content: CellContent, iouType: IouType, params: EvaluationParams): Cell {
  const { image, groundTruths } = content
  const detections = content.detections
    .toSorted((a, b) => b.score - a.score)
    .slice(0, params.maxDetections[params.maxDetections.length - 1])
  return {
    imageId: image.id,
    detections: {
      ids: detections.map(({ id }) => id),
      scores: new Float64Array(detections.map(({ score }) => score)),
      areas: new Float64Array(detections.map(({ area }) => area)),
    },
    groundTruths: {
      ids: groundTruths.map(({ id }) => id),
      areas: new Float64Array(groundTruths.map(({ area }) => area)),
      isCrowd: groundTruths.map(({ isCrowd }) => isCrowd),
      ignore: groundTruths.map(
        ({ isCrowd, keypointCount }) => isCrowd || (iouType === 'keypoints' && !keypointCount),
      ),
    },
    ious: overlaps(detections, groundTruths, image, iouType, params),
  }
}

function overlaps(
  detections: readonly CocoResult[],
  groundTruths: readonly Annotation[],
  image: Size,
  iouType: IouType,
  { keypointSigmas, boundaryDilation, useCategories }: EvaluationParams,
): Float64Array {
  if (detections.length === 0 || groundTruths.length === 0) return new Float64Array(0)
  if (iouType === 'keypoints') {
    return keypointSimilarity(detections, groundTruths, keypointSigmas, useCategories)
  }
  const isCrowd = groundTruths.map((annotation) => annotation.isCrowd)
  if (iouType === 'bbox') {
    const boxes = groundTruths.map(({ xywh, box }) => xywh ?? boxToXywh(box))
    return boxIouMatrix(
      detections.map(({ xywh }) => xywh),
      boxes,
      isCrowd,
    )
  }
  const found = detections.map((detection) => resultToRle(detection, image))
  const masks = groundTruths.map((annotation) => annotationToRle(annotation, image))
  if (iouType === 'boundary') return boundaryIouMatrix(found, masks, isCrowd, image, boundaryDilation)
  return rleIouMatrix(found, masks, isCrowd)
}

/** Mask of a result; a result with a box alone is taken for its filled box, as COCO does. */
export function resultToRle({ id, segmentation, xywh }: CocoResult, image: Size) {
  const where = `result ${id}`
  if (!segmentation) return boxToRle(xywhToBox(xywh), image, where)
  return segmentationToRle(segmentation, image, where)
}
