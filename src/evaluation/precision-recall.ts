import type { CocoEvaluation } from './coco-metric.ts'
import type { Judged } from './image-matches.ts'
import { numpySum } from './numpy-sum.ts'

/** Precision at each recall threshold or beyond, 0 where that recall is not reached. */
export interface PrecisionRecallCurve {
  readonly iouThreshold: number
  readonly precision: readonly number[]
  /** Mean of `precision`. */
  readonly averagePrecision: number
}

export interface PrecisionRecallCurves {
  /** Recall thresholds all curves share: 0, 0.01, ..., 1 unless others were asked for. */
  readonly recall: readonly number[]
  /** Mean over the categories that have objects, at IoU 0.5, 0.75 and 0.9 where evaluated. */
  readonly overall: readonly PrecisionRecallCurve[]
  /** Categories that have objects, at the report's IoU threshold. */
  readonly categories: readonly (PrecisionRecallCurve & { readonly id: number; readonly name: string })[]
}

const SHOWN_THRESHOLDS = [0.5, 0.75, 0.9]
/** NumPy's 0.9 among COCO's thresholds is 0.8999999999999999. */
const ROUNDING = 1e-9

/** @param judged of each category, at `iouThreshold` */
export function precisionRecallCurves(
  evaluation: CocoEvaluation,
  categories: readonly { readonly id: number; readonly name: string }[],
  judged: readonly Judged[],
  iouThreshold: number,
): PrecisionRecallCurves {
  const { iouThresholds, recallThresholds } = evaluation.params
  const overall = SHOWN_THRESHOLDS.flatMap((shown) => {
    const t = iouThresholds.findIndex((threshold) => Math.abs(threshold - shown) < ROUNDING)
    const precision = t < 0 ? undefined : meanPrecision(evaluation, t)
    return precision ? [{ iouThreshold: shown, precision, averagePrecision: mean(precision) }] : []
  })
  const perCategory = categories.flatMap(({ id, name }, k) => {
    if (judged[k].positives === 0) return []
    const precision = interpolatedPrecision(judged[k], recallThresholds)
    return [{ id, name, iouThreshold, precision, averagePrecision: mean(precision) }]
  })
  return { recall: [...recallThresholds], overall, categories: perCategory }
}

/** Mean curve of the categories that have objects of any size, at most detections; undefined where none has. */
function meanPrecision({ precision, params }: CocoEvaluation, t: number): number[] | undefined {
  const [, R, K, A, M] = precision.shape
  const a = params.areaRanges.findIndex(({ name }) => name === 'all')
  if (a < 0) return undefined
  const at = (r: number, k: number) => precision.data[(((t * R + r) * K + k) * A + a) * M + M - 1]
  const withObjects = Array.from({ length: K }, (_, k) => k).filter((k) => at(0, k) > -1)
  if (withObjects.length === 0) return undefined
  return Array.from({ length: R }, (_, r) => mean(withObjects.map((k) => at(r, k))))
}

/** COCO's interpolation: the best precision at this recall or beyond, sampled at the recall thresholds. */
export function interpolatedPrecision(
  { right, positives }: Pick<Judged, 'right' | 'positives'>,
  recallThresholds: readonly number[],
): number[] {
  const found = new Float64Array(right.length)
  const precision = new Float64Array(right.length)
  let sum = 0
  for (let i = 0; i < right.length; i++) {
    sum += right[i]
    found[i] = sum / positives
    precision[i] = sum / (i + 1)
  }
  for (let i = right.length - 1; i > 0; i--) precision[i - 1] = Math.max(precision[i - 1], precision[i])
  let i = 0
  return recallThresholds.map((threshold, r) => {
    if (r > 0 && threshold < recallThresholds[r - 1]) i = 0
    while (i < right.length && found[i] < threshold) i++
    return i < right.length ? precision[i] : 0
  })
}

/** Area under the interpolated curve, as COCO takes it: the mean over the recall thresholds. */
export function averagePrecision(
  judged: Pick<Judged, 'right' | 'positives'>,
  recallThresholds: readonly number[],
): number {
  return mean(interpolatedPrecision(judged, recallThresholds))
}

function mean(values: readonly number[]): number {
  return numpySum(values) / values.length
}
