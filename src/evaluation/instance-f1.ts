import type { Dataset } from '../data/dataset.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { liesOnIgnored } from './confusion.ts'
import { defaultParams, type IouType } from './evaluation-params.ts'
import { type ImageOverlaps, measureImages } from './image-overlaps.ts'
import { rankedResults } from './ranked-results.ts'

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

const INPUT: OptionNames<InstanceEvaluationInput> = {
  groundTruth: true,
  results: true,
  iouType: true,
  iouThresholds: true,
  minScore: true,
}

/**
 * Counting metrics of object-wise segmentation: at each threshold detections and objects of one image and category are
 * paired so that as many pairs as possible overlap with at least that IoU (scores play no part). Crowds are not
 * objects, and an unpaired detection that lies on one by the threshold is not wrong.
 */
export function evaluateInstances(input: InstanceEvaluationInput): InstanceEvaluation {
  requireKnownOptions('evaluateInstances', input, INPUT)
  const { groundTruth, results, iouType = 'segm', minScore = 0 } = input
  const { iouThresholds = defaultParams('segm').iouThresholds } = input
  const params = defaultParams(iouType)
  const imageIds = groundTruth.images.map(({ id }) => id)
  const categoryIds = groundTruth.categories.map(({ id }) => id)
  const counted = rankedResults(results, iouType).filter(({ score }) => score >= minScore)
  const limit = Number.POSITIVE_INFINITY
  const everything = { groundTruth, results: counted, iouType, params, imageIds, categoryIds, limit }
  return scoreInstances(measureImages(everything).images, iouThresholds, minScore)
}

/** The same of images already measured. */
export function scoreInstances(
  images: readonly ImageOverlaps[],
  iouThresholds: readonly number[],
  minScore: number,
): InstanceEvaluation {
  const scores = iouThresholds.map((threshold) => scoreAt(threshold, images, minScore))
  return {
    scores,
    meanF1: mean(scores.map(({ f1 }) => f1)),
    meanAccuracy: mean(scores.map(({ meanAccuracy }) => meanAccuracy)),
  }
}

interface Counts {
  readonly right: number
  readonly wrong: number
  readonly missed: number
}

function scoreAt(iouThreshold: number, images: readonly ImageOverlaps[], minScore: number): InstanceScore {
  const perImage = images.map((image) => countInstances(image, iouThreshold, minScore))
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

function countInstances(image: ImageOverlaps, threshold: number, minScore: number): Counts {
  const { detections, groundTruths, start, groundTruth, iou } = image
  const candidates: number[][] = []
  for (let d = 0; d < detections.ids.length && detections.scores[d] >= minScore; d++) {
    candidates[d] = []
    for (let i = start[d]; i < start[d + 1]; i++) {
      const g = groundTruth[i]
      if (groundTruths.isCrowd[g] || iou[i] < threshold) continue
      if (groundTruths.categories[g] === detections.categories[d]) candidates[d].push(g)
    }
  }
  const partners = largestMatching(candidates, groundTruths.ids.length)
  const paired = new Set(partners.filter((d) => d >= 0))
  const objects = groundTruths.isCrowd.filter((isCrowd) => !isCrowd).length
  const wrong = candidates.filter((_, d) => !paired.has(d) && !liesOnIgnored(image, d, threshold))
  return { right: paired.size, wrong: wrong.length, missed: objects - paired.size }
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
