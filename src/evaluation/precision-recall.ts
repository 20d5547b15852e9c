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
