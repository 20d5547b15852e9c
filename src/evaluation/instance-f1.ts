import type { Dataset } from '../data/dataset.ts'
import type { CocoResult } from '../data/formats/coco-results.ts'
import { groupCells, measureCell } from './cells.ts'
import { defaultParams, type IouType } from './evaluation-params.ts'
import type { Cell } from './match-detections.ts'

/** Counts of whole objects found at one IoU threshold, and what follows from them; 1 where there is nothing to find. */
export interface InstanceScore {
  readonly iouThreshold: number
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  /** TP / (TP + FP + FN) of the whole data set. */
  readonly accuracy: number
  /** 2 TP / (2 TP + FP + FN) of the whole data set. */
  readonly f1: number
  /** Mean over images of each image's TP / (TP + FP + FN), the 2018 Data Science Bowl's figure. */
  readonly meanAccuracy: number
}

export interface InstanceEvaluation {
  readonly scores: readonly InstanceScore[]
  /** Mean of `f1` and of `meanAccuracy` over the thresholds. */
  readonly meanF1: number
  readonly meanAccuracy: number
}

export interface InstanceEvaluationInput {
  readonly groundTruth: Dataset
  readonly results: readonly CocoResult[]
  readonly iouType?: Exclude<IouType, 'keypoints'>
  /** Default 0.5, 0.55, ..., 0.95. */
  readonly iouThresholds?: readonly number[]
  /** Results with a lower score are left out. Default 0: all. */
  readonly minScore?: number
}

/**
 * Counting metrics of object-wise segmentation: at each threshold detections and objects of one image and category are
 * paired so that as many pairs as possible overlap with at least that IoU (scores play no part). Crowds are not
 * objects, and an unpaired detection that lies on one by the threshold is not wrong.
 */
export function evaluateInstances({
  groundTruth,
  results,
  iouType = 'segm',
  iouThresholds = defaultParams('segm').iouThresholds,
  minScore = 0,
}: InstanceEvaluationInput): InstanceEvaluation {
  const cells = cellsByImage(groundTruth, results, iouType, minScore)
  const scores = iouThresholds.map((threshold) => scoreAt(threshold, [...cells.values()]))
  return {
    scores,
    meanF1: mean(scores.map(({ f1 }) => f1)),
    meanAccuracy: mean(scores.map(({ meanAccuracy }) => meanAccuracy)),
  }
}

function cellsByImage(
  groundTruth: Dataset,
  results: readonly CocoResult[],
  iouType: IouType,
  minScore: number,
): Map<number, Cell[]> {
  const counted = results.filter(({ score }) => score >= minScore)
  const imageIds = groundTruth.images.map(({ id }) => id)
  const categoryIds = groundTruth.categories.map(({ id }) => id)
  const params = { ...defaultParams(iouType), maxDetections: [Number.POSITIVE_INFINITY] }
  const cells = new Map<number, Cell[]>(imageIds.map((id) => [id, []]))
  for (const content of groupCells(groundTruth, counted, imageIds, categoryIds, true).flat()) {
    cells.get(content.image.id)?.push(measureCell(content, iouType, params))
  }
  return cells
}

interface Counts {
  right: number
  wrong: number
  missed: number
}

function scoreAt(iouThreshold: number, images: readonly (readonly Cell[])[]): InstanceScore {
  const perImage = images.map((cells) => {
    const counts: Counts = { right: 0, wrong: 0, missed: 0 }
    for (const cell of cells) addCounts(counts, cell, iouThreshold)
    return counts
  })
  const sum = (key: keyof Counts) => perImage.reduce((total, counts) => total + counts[key], 0)
  const [right, wrong, missed] = [sum('right'), sum('wrong'), sum('missed')]
  return {
    iouThreshold,
    truePositives: right,
    falsePositives: wrong,
    falseNegatives: missed,
    accuracy: accuracyOf({ right, wrong, missed }),
    f1: right + wrong + missed === 0 ? 1 : (2 * right) / (2 * right + wrong + missed),
    meanAccuracy: mean(perImage.map(accuracyOf)),
  }
}

function addCounts(counts: Counts, { detections, groundTruths, ious }: Cell, threshold: number): void {
  const [D, G] = [detections.ids.length, groundTruths.ids.length]
  const objects = Array.from({ length: G }, (_, g) => g).filter((g) => !groundTruths.isCrowd[g])
  const crowds = Array.from({ length: G }, (_, g) => g).filter((g) => groundTruths.isCrowd[g])
  const candidates = Array.from({ length: D }, (_, d) => objects.filter((g) => ious[d * G + g] >= threshold))
  const partners = largestMatching(candidates, G)
  const paired = new Set(partners.filter((d) => d >= 0))
  counts.right += paired.size
  counts.missed += objects.length - paired.size
  for (let d = 0; d < D; d++) {
    if (!paired.has(d) && !crowds.some((g) => ious[d * G + g] >= threshold)) counts.wrong++
  }
}

/**
 * Pairs as many rows as possible with one of their candidate columns each (augmenting paths, Kuhn's method); the row of
 * each of the `columns`, -1 for none.
 */
function largestMatching(candidates: readonly (readonly number[])[], columns: number): number[] {
  const rowOf = new Array<number>(columns).fill(-1)
  const place = (row: number, seen: Set<number>): boolean => {
    for (const column of candidates[row]) {
      if (seen.has(column)) continue
      seen.add(column)
      if (rowOf[column] < 0 || place(rowOf[column], seen)) {
        rowOf[column] = row
        return true
      }
    }
    return false
  }
  for (const row of candidates.keys()) place(row, new Set())
  return rowOf
}

function accuracyOf({ right, wrong, missed }: Counts): number {
  const all = right + wrong + missed
  return all === 0 ? 1 : right / all
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length
}
