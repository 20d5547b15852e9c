import type { Annotation, Dataset } from '../data/dataset.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { type CellContent, groupCells, joinCategories, measureCell } from './cells.ts'
import type { EvaluationParams, IouType } from './evaluation-params.ts'
import type { Cell } from './match-detections.ts'
import { rankedResults } from './ranked-results.ts'

/** Detections and objects of one image in all categories, and which of them overlap how much. */
export interface ImageOverlaps {
  readonly imageId: number
  /** In descending order of score; a category is its position in the list of categories. */
  readonly detections: Cell['detections'] & { readonly categories: Int32Array }
  readonly groundTruths: Cell['groundTruths'] & { readonly categories: Int32Array }
  /**
   * Pairs of any categories with an IoU above 0 (for keypoints of one category: another may have other keypoints, or none):
   * those of detection d are entries start[d] up to start[d + 1].
   */
  readonly start: Uint32Array
  readonly groundTruth: Uint32Array
  readonly iou: Float64Array
}

export interface MeasuredImages {
  /** Every image evaluated, in ascending order of id. */
  readonly images: readonly ImageOverlaps[]
  /** Detections left out for being beyond `limit` in their image and category. */
  readonly beyondLimit: number
}

export interface MeasureInput {
  readonly groundTruth: Dataset
  readonly results: readonly CocoResult[]
  readonly iouType: IouType
  readonly params: EvaluationParams
  readonly imageIds: readonly number[]
  readonly categoryIds: readonly number[]
  /** Detections kept per image and category, best scores first. */
  readonly limit: number
}

/**
 * Overlaps across categories, which average precision does not need and confusions do. Only pairs that overlap are kept: in a
 * dense matrix crowded images would fill the memory. Throws `DataError` for masks or keypoints that are missing.
 */
export function measureImages(input: MeasureInput): MeasuredImages {
  const { groundTruth, results, iouType, params, imageIds, categoryIds, limit } = input
  let beyondLimit = 0
  const best = (content: CellContent): CellContent => {
    const ranked = content.detections.toSorted((a, b) => b.score - a.score)
    beyondLimit += Math.max(0, ranked.length - limit)
    return { ...content, detections: ranked.slice(0, limit) }
  }
  const ranked = rankedResults(results, iouType)
  const rows = groupCells(groundTruth, ranked, imageIds, categoryIds, params.useCategories)
  const contents = joinCategories(rows.map((cells) => cells.map(best)))
  const contentOf = new Map(contents.map((content) => [content.image.id, content]))
  const positions = new Map(categoryIds.map((id, k) => [id, params.useCategories ? k : 0]))
  const wanted = new Set(imageIds)
  const images = groundTruth.images
    .filter(({ id }) => wanted.has(id))
    .toSorted((a, b) => a.id - b.id)
    .map((image) =>
      measureImage(
        contentOf.get(image.id) ?? { image, detections: [], groundTruths: [] },
        positions,
        iouType,
        params,
      ),
    )
  return { images, beyondLimit }
}

function measureImage(
  content: CellContent,
  positions: ReadonlyMap<number, number>,
  iouType: IouType,
  params: EvaluationParams,
): ImageOverlaps {
  const detections = content.detections.toSorted((a, b) => b.score - a.score)
  const cell = measureCell({ ...content, detections }, iouType, {
    ...params,
    maxDetections: [detections.length],
  })
  const categoriesOf = (items: readonly (CocoResult | Annotation)[]) =>
    Int32Array.from(items, ({ categoryId }) => positions.get(categoryId) ?? -1)
  return {
    imageId: cell.imageId,
    detections: { ...cell.detections, categories: categoriesOf(detections) },
    groundTruths: { ...cell.groundTruths, categories: categoriesOf(content.groundTruths) },
    ...overlappingPairs(cell),
  }
}

function overlappingPairs({ detections, groundTruths, ious }: Cell) {
  const [D, G] = [detections.ids.length, groundTruths.ids.length]
  const start = new Uint32Array(D + 1)
  const groundTruth: number[] = []
  const iou: number[] = []
  for (let d = 0; d < D; d++) {
    for (let g = 0; g < G; g++) {
      if (!(ious[d * G + g] > 0)) continue
      groundTruth.push(g)
      iou.push(ious[d * G + g])
    }
    start[d + 1] = iou.length
  }
  return { start, groundTruth: Uint32Array.from(groundTruth), iou: Float64Array.from(iou) }
}

/** IoU of a pair, 0 where it does not overlap. */
export function iouOf({ start, groundTruth, iou }: ImageOverlaps, d: number, g: number): number {
  for (let i = start[d]; i < start[d + 1]; i++) if (groundTruth[i] === g) return iou[i]
  return 0
}
