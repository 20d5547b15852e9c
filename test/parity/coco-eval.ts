/** COCO's metrics: what pycocotools loads, matches, accumulates and sums up. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Dataset } from '../../src/data/dataset.ts'
import { type CocoEvaluation, evaluateCoco } from '../../src/evaluation/coco-metric.ts'
import { defaultParams, type EvaluationParams, type IouType } from '../../src/evaluation/evaluation-params.ts'
import { parseCoco } from '../../src/formats/coco/coco.ts'
import { type CocoResult, parseCocoResults } from '../../src/formats/coco/coco-results.ts'
import { type Tensor, toNumbers } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { cellComparisons, type RecordedCell, type RecordedOverlaps } from './coco-cells.ts'
import { COCO_TOLERANCE } from './coco-tolerance.ts'
import { type Comparison, type ParityCheck, UnsupportedCase } from './comparison.ts'
import { largestError } from './largest-error.ts'
import { numbersError } from './numbers-error.ts'

/** Of the reference's parameters, by its names. */
interface RecordedParams {
  readonly iouThrs: readonly number[]
  readonly recThrs: readonly number[]
  readonly maxDets: readonly number[]
  readonly areaRng: readonly (readonly [number, number])[]
  readonly areaRngLbl: readonly string[]
  readonly useCats: number
  readonly imgIds: readonly number[]
  /** -1 alone where categories are not told apart. */
  readonly catIds: readonly number[]
  readonly kpt_oks_sigmas?: readonly number[]
}

export interface RecordedArray {
  readonly shape: readonly number[]
  readonly sha256_f64le: string
}

interface Expected {
  readonly iouType: IouType
  readonly stats: readonly number[]
  readonly params: RecordedParams
  /** Those that were set. */
  readonly custom_params: Partial<RecordedParams>
  readonly precision: RecordedArray
  readonly recall: RecordedArray
  readonly scores: RecordedArray
  readonly eval_imgs_first_area?: readonly RecordedCell[]
  readonly ious?: readonly RecordedOverlaps[]
  readonly loaded_detections?: readonly { id: number; area: number; bbox: readonly number[] }[]
}

export const cocoEval: ParityCheck = async (golden) => {
  const json = (name: string) => JSON.parse(readFileSync(join(golden.folder, name), 'utf8')) as unknown
  const { files } = golden.case
  const expected = json(files.expected) as Expected
  const { iouType } = expected
  const groundTruth = parseCoco(json(files.gt), files.gt, { onDegenerate: 'keep' })
  const results = parseCocoResults(json(files.dt), files.dt, groundTruth)
  const custom = customParams(expected.custom_params)
  const params = { ...defaultParams(iouType), ...custom }
  const evaluation = evaluateCoco({ groundTruth, results, iouType, params: custom })
  const compare = (name: string, error: number): Comparison => ({ name, error, tolerance: COCO_TOLERANCE })
  return {
    comparisons: [
      compare('loaded_detections', loadingError(expected, results)),
      compare('params', paramsError(expected.params, params, groundTruth)),
      ...cellComparisons({ ...expected, groundTruth, results, params, categoryIds: expected.params.catIds }),
      ...evaluationComparisons(golden, expected, evaluation),
    ],
  }
}

/** Statistics, and the curves they come from: by their numbers where those were recorded, else by their bits. */
export function evaluationComparisons(
  golden: Golden,
  expected: Partial<Pick<Expected, 'precision' | 'recall' | 'scores'>> & Pick<Expected, 'stats'>,
  evaluation: CocoEvaluation,
): Comparison[] {
  const tolerance = COCO_TOLERANCE
  const stats = numbersError(expected.stats, Object.values(evaluation.stats))
  const curves = (['precision', 'recall', 'scores'] as const).flatMap((name) => {
    const recorded = expected[name]
    if (!recorded) return []
    const ours = evaluation[name]
    const error = golden.outputs.has(name) ? largestError(golden, name, ours) : bitError(recorded, ours)
    return [{ name, error, tolerance }]
  })
  return [{ name: 'stats', error: stats, tolerance }, ...curves]
}

function customParams(custom: Partial<RecordedParams>): Partial<EvaluationParams> {
  const { iouThrs, recThrs, maxDets, areaRng, areaRngLbl, useCats, ...rest } = custom
  const { imgIds, catIds, kpt_oks_sigmas: keypointSigmas, ...unknown } = rest
  const names = Object.keys(unknown)
  if (names.length > 0) throw new UnsupportedCase(`the parameter ${names[0]}`)
  const given = {
    iouThresholds: iouThrs,
    recallThresholds: recThrs,
    maxDetections: maxDets,
    areaRanges: areaRng?.map(([min, max], i) => ({ name: areaRngLbl?.[i] ?? `${i}`, min, max })),
    useCategories: useCats === undefined ? undefined : useCats === 1,
    imageIds: imgIds,
    categoryIds: catIds,
    keypointSigmas,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function paramsError(recorded: RecordedParams, params: EvaluationParams, groundTruth: Dataset): number {
  const { iouThresholds, recallThresholds, maxDetections, areaRanges, useCategories } = params
  const images = params.imageIds ?? groundTruth.images.map(({ id }) => id).sort((a, b) => a - b)
  return Math.max(
    numbersError(recorded.iouThrs, iouThresholds),
    numbersError(recorded.recThrs, recallThresholds),
    numbersError(recorded.maxDets, maxDetections),
    numbersError(
      recorded.areaRng.flat(),
      areaRanges.flatMap(({ min, max }) => [min, max]),
    ),
    numbersError([recorded.useCats], [Number(useCategories)]),
    numbersError(recorded.imgIds, images),
    recorded.kpt_oks_sigmas ? numbersError(recorded.kpt_oks_sigmas, params.keypointSigmas) : 0,
  )
}

function loadingError({ loaded_detections: loaded = [] }: Expected, results: readonly CocoResult[]): number {
  const errors = loaded.map(({ id, area, bbox }) => {
    const ours = results[id - 1]
    return ours ? numbersError([area, ...bbox], [ours.area, ...ours.xywh]) : Number.POSITIVE_INFINITY
  })
  return Math.max(0, ...errors)
}

/** 0 where every bit is the same, else infinite. */
function bitError({ shape, sha256_f64le: hash }: RecordedArray, ours: Tensor): number {
  const bytes = Buffer.from(Float64Array.from(toNumbers(ours)).buffer)
  const isSame = `${shape}` === `${ours.shape}` && createHash('sha256').update(bytes).digest('hex') === hash
  return isSame ? 0 : Number.POSITIVE_INFINITY
}
