/** Overlaps and matches of single images and categories. */
import type { Dataset } from '../../src/data/dataset.ts'
import { groupCells, measureCell } from '../../src/evaluation/cells.ts'
import type { EvaluationParams, IouType } from '../../src/evaluation/evaluation-params.ts'
import { type Cell, matchDetections } from '../../src/evaluation/match-detections.ts'
import type { CocoResult } from '../../src/formats/coco/coco-results.ts'
import { COCO_TOLERANCE } from './coco-tolerance.ts'
import type { Comparison } from './comparison.ts'
import { numbersError } from './numbers-error.ts'

interface CellName {
  readonly image_id: number
  /** -1 where categories are not told apart. */
  readonly category_id: number
}

/** `[D][G]`. */
export interface RecordedOverlaps extends CellName {
  readonly ious: readonly (readonly number[])[]
}

/** Matches in the first area range: by threshold, the id of the other or 0. */
export interface RecordedCell extends CellName {
  readonly dtIds: readonly number[]
  readonly gtIds: readonly number[]
  readonly dtMatches: readonly (readonly number[])[]
  readonly gtMatches: readonly (readonly number[])[]
  readonly dtIgnore: readonly (readonly number[])[]
  readonly gtIgnore: readonly number[]
  readonly dtScores: readonly number[]
}

export interface CellProblem {
  readonly groundTruth: Dataset
  readonly results: readonly CocoResult[]
  readonly iouType: IouType
  readonly params: EvaluationParams
  /** Along K; -1 alone where categories are not told apart. */
  readonly categoryIds: readonly number[]
  readonly eval_imgs_first_area?: readonly RecordedCell[]
  readonly ious?: readonly RecordedOverlaps[]
}

export function cellComparisons(problem: CellProblem): Comparison[] {
  const { params, ious = [], eval_imgs_first_area: matched = [] } = problem
  const cellOf = cellFinder(problem)
  const overlaps = ious.map((recorded) => {
    const cell = cellOf(recorded)
    return cell ? numbersError(recorded.ious.flat(), cell.ious) : Number.POSITIVE_INFINITY
  })
  const matches = matched.map((recorded) => {
    const cell = cellOf(recorded)
    return cell ? matchError(recorded, cell, params) : Number.POSITIVE_INFINITY
  })
  return [
    { name: 'ious', error: Math.max(0, ...overlaps), tolerance: COCO_TOLERANCE },
    { name: 'eval_imgs_first_area', error: Math.max(0, ...matches), tolerance: COCO_TOLERANCE },
  ]
}

function cellFinder({ groundTruth, results, iouType, params, categoryIds }: CellProblem) {
  const images = params.imageIds ?? groundTruth.images.map(({ id }) => id)
  const categories = params.useCategories
    ? categoryIds
    : (params.categoryIds ?? groundTruth.categories.map(({ id }) => id))
  const rows = groupCells(groundTruth, results, images, categories, params.useCategories)
  return ({ image_id: imageId, category_id: categoryId }: CellName): Cell | undefined => {
    const row = rows[categoryIds.indexOf(categoryId)] ?? []
    const content = row.find(({ image }) => image.id === imageId)
    return content && measureCell(content, iouType, params)
  }
}

function matchError(recorded: RecordedCell, cell: Cell, params: EvaluationParams): number {
  const { iouThresholds, areaRanges } = params
  const matches = matchDetections(cell, iouThresholds, areaRanges[0])
  const { order } = matches
  const ids = cell.groundTruths.ids
  const [D, G] = [cell.detections.ids.length, ids.length]
  const detectionMatches = Array.from(matches.detectionMatches, (g) => (g < 0 ? 0 : ids[g]))
  // By threshold, in the order in which ground truths were tried.
  const groundTruthMatches = iouThresholds.flatMap((_, t) =>
    order.map((g) => {
      const match = matches.groundTruthMatches[t * G + g]
      return match < 0 ? 0 : cell.detections.ids[match]
    }),
  )
  const pairs: [ArrayLike<number>, ArrayLike<number>][] = [
    [recorded.dtIds, cell.detections.ids],
    [recorded.dtScores, cell.detections.scores],
    [recorded.gtIds, order.map((g) => ids[g])],
    [recorded.gtIgnore, order.map((g) => matches.groundTruthIgnored[g])],
    [recorded.dtIgnore.flat(), matches.detectionIgnored],
    [recorded.dtMatches.flat(), detectionMatches],
    [recorded.gtMatches.flat(), groundTruthMatches],
    [recorded.dtMatches.map((row) => row.length), iouThresholds.map(() => D)],
  ]
  return Math.max(...pairs.map(([expected, ours]) => numbersError(expected, ours)))
}
