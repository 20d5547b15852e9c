import type { Dataset } from '../data/dataset.ts'
import { ConfigError } from '../errors.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { type Calibration, calibration } from './calibration.ts'
import { type CategoryRow, categoryTable, type Figures, figuresOf } from './category-table.ts'
import { type CocoEvaluation, evaluateCoco, evaluatedCategories } from './coco-metric.ts'
import { type ConfusionMatrix, confusionMatrix } from './confusion.ts'
import { detectionErrors } from './detection-errors.ts'
import { type ErrorBreakdown, errorBreakdown } from './error-breakdown.ts'
import type { EvaluationParams, IouType } from './evaluation-params.ts'
import { countPositives, judgeCategories, judgeTogether, matchImage, rankMatches } from './image-matches.ts'
import { type ImageOverlaps, measureImages } from './image-overlaps.ts'
import { type InstanceEvaluation, scoreInstances } from './instance-f1.ts'
import { type OperatingPoints, operatingPoints } from './operating-points.ts'
import { type PrecisionRecallCurves, precisionRecallCurves } from './precision-recall.ts'
import type { CocoStats, KeypointStats } from './summarize.ts'
import { type WorstCase, worstCases } from './worst-cases.ts'

export interface EvaluationReportInput {
  readonly groundTruth: Dataset
  readonly results: readonly CocoResult[]
  readonly iouType: IouType
  /** Replaces COCO's defaults (`defaultParams`) one by one; those of `evaluation` where that is given. */
  readonly params?: Partial<EvaluationParams>
  /** COCO's evaluation of the same input, where it is at hand; else it is made. */
  readonly evaluation?: CocoEvaluation
  /** IoU from which on a detection has found an object, for everything that takes one threshold. Default 0.5. */
  readonly iouThreshold?: number
  /** Up to this IoU a detection has nothing to do with an object. Default 0.1, as in TIDE. */
  readonly backgroundThreshold?: number
  /** Detections from this score on count in confusion, instances and worst cases. Default: where F1 is best. */
  readonly minScore?: number
  /** Worst cases listed of each kind. Default 24. */
  readonly worstOfEach?: number
}

const INPUT: OptionNames<EvaluationReportInput> = {
  groundTruth: true,
  results: true,
  iouType: true,
  params: true,
  evaluation: true,
  iouThreshold: true,
  backgroundThreshold: true,
  minScore: true,
  worstOfEach: true,
}

/** Everything known about a set of results, as plain data: no NaN, -1 where a figure is undefined. */
export interface EvaluationReport {
  readonly iouType: IouType
  readonly iouThreshold: number
  readonly minScore: number
  /** COCO's figures, as pycocotools. */
  readonly stats: CocoStats | KeypointStats
  /** The same at the largest number of detections per image and category, whatever it is (COCO's AP is tied to 100). */
  readonly overall: Figures & { readonly maxDetections: number }
  readonly counts: ReportCounts
  readonly categories: readonly CategoryRow[]
  readonly curves: PrecisionRecallCurves
  readonly confusion: ConfusionMatrix
  readonly errors: ErrorBreakdown
  readonly operating: OperatingPoints
  readonly calibration: Calibration
  /** Counting metrics at `minScore`; not for keypoints. */
  readonly instances?: InstanceEvaluation
  /** False positives by score, then missed objects by area, then matches by IoU, worst first in each. */
  readonly worst: readonly WorstCase[]
}

export interface ReportCounts {
  readonly images: number
  /** Objects that count. */
  readonly groundTruths: number
  /** Crowds, and people without labelled keypoints where keypoints are compared. */
  readonly crowds: number
  /** Detections evaluated. */
  readonly detections: number
  /** Detections left out for being beyond the largest number per image and category. */
  readonly beyondLimit: number
}

/**
 * COCO's figures and everything that explains them. All parts look at the same detections: per image and category as many
 * as the largest of `maxDetections`. Throws as `evaluateCoco` does, and `ConfigError` for thresholds that cannot be.
 */
export function evaluationReport(input: EvaluationReportInput): EvaluationReport {
  requireKnownOptions('evaluationReport', input, INPUT)
  const { groundTruth, results, iouType, iouThreshold = 0.5, backgroundThreshold = 0.1 } = input
  checkThresholds(iouThreshold, backgroundThreshold, input.minScore)
  const evaluation: CocoEvaluation =
    input.evaluation ?? evaluateCoco({ groundTruth, results, iouType, params: input.params })
  const { params } = evaluation
  const { recallThresholds } = params
  const maxDetections = params.maxDetections[params.maxDetections.length - 1]
  const categoryIds = evaluatedCategories(params, groundTruth)
  const imageIds = params.imageIds ?? groundTruth.images.map(({ id }) => id)
  const named = params.useCategories ? namedCategories(groundTruth, categoryIds) : [{ id: -1, name: 'all' }]
  const { images, beyondLimit } = measureImages({
    groundTruth,
    results,
    iouType,
    params,
    imageIds,
    categoryIds,
    limit: maxDetections,
  })

  const matches = images.map((image) => matchImage(image, iouThreshold))
  const ranking = rankMatches(matches)
  const positives = countPositives(images, named.length)
  const judged = judgeCategories(ranking, positives)
  const together = judgeTogether(ranking, positives)
  const errors = matches.map((image) => detectionErrors(image, iouThreshold, backgroundThreshold))
  const operating = operatingPoints(together)
  const minScore = input.minScore ?? operating.best.score
  const ofEach = input.worstOfEach ?? 24
  const names = named.map(({ name }) => name)
  const ids = named.map(({ id }) => id)
  return {
    iouType,
    iouThreshold,
    minScore,
    stats: evaluation.stats,
    overall: { maxDetections, ...figuresOf(evaluation) },
    counts: { ...countObjects(images), beyondLimit },
    categories: categoryTable(evaluation, named, images, judged),
    curves: precisionRecallCurves(evaluation, named, judged, iouThreshold),
    confusion: confusionMatrix(images, names, iouThreshold, minScore),
    errors: errorBreakdown({
      images: matches,
      errors,
      ranking,
      judged,
      recallThresholds,
      iouThreshold,
      backgroundThreshold,
    }),
    operating,
    calibration: calibration(together),
    ...(iouType !== 'keypoints' && { instances: scoreInstances(images, params.iouThresholds, minScore) }),
    worst: worstCases(matches, errors, ids, { iouThreshold, minScore, ofEach }),
  }
}

function checkThresholds(iouThreshold: number, backgroundThreshold: number, minScore: number | undefined) {
  const refuse = (where: string, expected: string, got: number) => {
    throw new ConfigError('evaluation parameter cannot be', { where, expected, got: `${got}` })
  }
  if (!(iouThreshold > 0 && iouThreshold <= 1)) {
    refuse('iouThreshold', 'a number above 0, at most 1', iouThreshold)
  }
  if (!(backgroundThreshold > 0 && backgroundThreshold <= iouThreshold)) {
    refuse('backgroundThreshold', `a number above 0, at most ${iouThreshold}`, backgroundThreshold)
  }
  if (minScore !== undefined && !Number.isFinite(minScore)) refuse('minScore', 'a score', minScore)
}

function namedCategories(groundTruth: Dataset, categoryIds: readonly number[]) {
  const names = new Map(groundTruth.categories.map(({ id, name }) => [id, name]))
  return categoryIds.map((id) => ({ id, name: names.get(id) ?? `${id}` }))
}

function countObjects(images: readonly ImageOverlaps[]): Omit<ReportCounts, 'beyondLimit'> {
  let [objects, crowds, detections] = [0, 0, 0]
  for (const image of images) {
    for (const isIgnored of image.groundTruths.ignore) isIgnored ? crowds++ : objects++
    detections += image.detections.ids.length
  }
  return { images: images.length, groundTruths: objects, crowds, detections }
}
