import type { Dataset } from '../data/dataset.ts'
import { ConfigError } from '../errors.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import { elementCount } from '../tensor/shape.ts'
import { type Tensor, tensor } from '../tensor/tensor.ts'
import {
  accumulate,
  cellsByCategory,
  type PrecisionRecall,
  placesWithin,
  rankDetections,
} from './accumulate.ts'
import { groupCells, measureCell } from './cells.ts'
import { defaultParams, EVALUATION_PARAMS, type EvaluationParams, type IouType } from './evaluation-params.ts'
import { noKeypoints, sigmasFor } from './keypoint-sigmas.ts'
import { matchCells, type Outcomes } from './outcomes.ts'
import { rankedResults } from './ranked-results.ts'
import {
  type CocoStats,
  type Curves,
  type KeypointStats,
  summarizeInstances,
  summarizeKeypoints,
} from './summarize.ts'

/** What is asked of an evaluation, apart from the results. */
export interface CocoQuestion<T extends IouType> {
  readonly groundTruth: Pick<Dataset, 'categories'>
  readonly iouType: T
  /** Replaces COCO's defaults (`defaultParams`) one by one. */
  readonly params?: Partial<EvaluationParams>
}

export interface CocoEvaluationInput<T extends IouType> extends CocoQuestion<T> {
  readonly groundTruth: Dataset
  readonly results: readonly CocoResult[]
}

const INPUT: OptionNames<CocoEvaluationInput<IouType>> = {
  groundTruth: true,
  results: true,
  iouType: true,
  params: true,
}

export interface CocoEvaluation<T extends IouType = IouType> extends Curves {
  readonly stats: T extends 'keypoints' ? KeypointStats : CocoStats
  readonly params: EvaluationParams
  /** Categories along K of the curves; one entry, -1, where categories are not told apart. */
  readonly categoryIds: readonly number[]
}

/**
 * COCO's detection metrics: average precision and recall over IoU thresholds, areas and numbers of detections, equal to
 * pycocotools (`COCOeval`) to the last digit. Results of categories the data does not have count for nothing, as
 * there. Throws `ConfigError` for parameters that cannot be, `DataError` for masks or keypoints that are missing
 * or do not fit.
 */
export function evaluateCoco<T extends IouType>(input: CocoEvaluationInput<T>): CocoEvaluation<T> {
  requireKnownOptions('evaluateCoco', input, INPUT)
  const annotations = [...input.groundTruth.annotations.values()].flat()
  if (input.iouType === 'keypoints' && annotations.length > 0 && !annotations.some((one) => one.keypoints)) {
    throw noKeypoints()
  }
  return evaluateOutcomes([matchCoco(input)], input)
}

/**
 * The first half of `evaluateCoco`: overlaps and matches, image by image. Parts of a data set that share no image can be
 * matched apart (each with all categories), in threads of their own.
 */
export function matchCoco<T extends IouType>({
  groundTruth,
  results,
  iouType,
  params: overrides,
}: CocoEvaluationInput<T>): Outcomes {
  const params = completeParams(iouType, overrides, groundTruth)
  const imageIds = ascending(params.imageIds ?? groundTruth.images.map(({ id }) => id))
  const categoryIds = evaluatedCategories(params, groundTruth)
  const rows = groupCells(
    groundTruth,
    rankedResults(results, iouType),
    imageIds,
    categoryIds,
    params.useCategories,
  )
  const cells = rows.flatMap((contents, category) =>
    contents.map((content) => ({ category, cell: measureCell(content, iouType, params) })),
  )
  return matchCells(cells, params)
}

/** The second half of `evaluateCoco`: curves and figures from the matches of all parts of the data. */
export function evaluateOutcomes<T extends IouType>(
  parts: readonly Outcomes[],
  { groundTruth, iouType, params: overrides }: CocoQuestion<T>,
): CocoEvaluation<T> {
  const params = completeParams(iouType, overrides, groundTruth)
  const { iouThresholds, recallThresholds, areaRanges, maxDetections, useCategories } = params
  const categoryIds = useCategories ? evaluatedCategories(params, groundTruth) : [-1]
  const [T, R, K, A] = [iouThresholds.length, recallThresholds.length, categoryIds.length, areaRanges.length]
  const curves = emptyCurves(T, R, K, A, maxDetections.length)
  cellsByCategory(parts, K).forEach((cells, k) => {
    const ranking = rankDetections(cells, A, T)
    maxDetections.forEach((limit, m) => {
      const places = placesWithin(ranking, limit)
      for (let a = 0; a < A; a++) {
        const found = accumulate(ranking, places, a, T, recallThresholds)
        if (found) writeCurves(curves, found, k, a, m)
      }
    })
  })
  const stats =
    iouType === 'keypoints' ? summarizeKeypoints(curves, params) : summarizeInstances(curves, params)
  return { ...curves, stats: stats as CocoEvaluation<T>['stats'], params, categoryIds }
}

/** Ids of the categories evaluated, in ascending order. */
export function evaluatedCategories(
  params: EvaluationParams,
  { categories }: Pick<Dataset, 'categories'>,
): number[] {
  return ascending(params.categoryIds ?? categories.map(({ id }) => id))
}

function emptyCurves(T: number, R: number, K: number, A: number, M: number): Curves {
  const minusOne = (shape: number[]) =>
    tensor('float64', shape, new Float64Array(elementCount(shape)).fill(-1))
  return {
    precision: minusOne([T, R, K, A, M]),
    scores: minusOne([T, R, K, A, M]),
    recall: minusOne([T, K, A, M]),
  }
}

function writeCurves(curves: Curves, found: PrecisionRecall, k: number, a: number, m: number): void {
  const [, , K, A, M] = curves.precision.shape
  const write = (target: Tensor<'float64'>, values: Float64Array) => {
    for (let i = 0; i < values.length; i++) target.data[((i * K + k) * A + a) * M + m] = values[i]
  }
  write(curves.precision, found.precision)
  write(curves.scores, found.scores)
  write(curves.recall, found.recall)
}

function ascending(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b)
}

function completeParams(
  iouType: IouType,
  overrides: Partial<EvaluationParams> | undefined,
  groundTruth: Pick<Dataset, 'categories'> & Partial<Pick<Dataset, 'annotations'>>,
): EvaluationParams {
  const params = checkedParams({ ...defaultParams(iouType), ...overrides })
  const given = overrides?.keypointSigmas
  if (iouType !== 'keypoints' || (given && given.length !== 1)) return params
  const wanted = new Set(evaluatedCategories(params, groundTruth))
  const evaluated = groundTruth.categories.filter(({ id }) => wanted.has(id))
  const standard = sigmasFor(groundTruth, evaluated)
  return { ...params, keypointSigmas: given ? standard.map(() => given[0]) : standard }
}

function checkedParams(params: EvaluationParams): EvaluationParams {
  requireKnownOptions('params', params, EVALUATION_PARAMS)
  const refuse = (where: string, expected: string, got: readonly unknown[]) => {
    throw new ConfigError('evaluation parameter cannot be', { where, expected, got: JSON.stringify(got) })
  }
  const { iouThresholds, recallThresholds, areaRanges, maxDetections } = params
  const fractions = (values: readonly number[]) =>
    values.length > 0 && values.every((value) => value >= 0 && value <= 1)
  if (!fractions(iouThresholds)) refuse('iouThresholds', 'numbers from 0 to 1', iouThresholds)
  if (!fractions(recallThresholds)) refuse('recallThresholds', 'numbers from 0 to 1', recallThresholds)
  if (!params.keypointSigmas.every((sigma) => sigma > 0)) {
    refuse('keypointSigmas', 'numbers above 0', params.keypointSigmas)
  }
  if (areaRanges.length === 0) refuse('areaRanges', 'at least one range', areaRanges)
  if (maxDetections.length === 0 || !maxDetections.every((count) => Number.isInteger(count) && count > 0)) {
    refuse('maxDetections', 'counts above 0', maxDetections)
  }
  return { ...params, maxDetections: maxDetections.toSorted((a, b) => a - b) }
}
