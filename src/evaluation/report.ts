import type { Dataset } from '../data/dataset.ts'
import type { CocoResult } from '../data/formats/coco-results.ts'
import type { Calibration } from './calibration.ts'
import type { CategoryRow, Figures } from './category-table.ts'
import type { CocoEvaluation } from './coco-metric.ts'
import type { ConfusionMatrix } from './confusion.ts'
import type { ErrorBreakdown } from './error-breakdown.ts'
import type { EvaluationParams, IouType } from './evaluation-params.ts'
import type { InstanceEvaluation } from './instance-f1.ts'
import type { OperatingPoints } from './operating-points.ts'
import type { PrecisionRecallCurves } from './precision-recall.ts'
import type { CocoStats, KeypointStats } from './summarize.ts'
import type { WorstCase } from './worst-cases.ts'

export interface EvaluationReportInput {
  readonly groundTruth: Dataset
  readonly results: readonly CocoResult[]
  readonly iouType: IouType
  /** Replaces COCO's defaults one by one. */
  readonly params?: Partial<EvaluationParams>
  /** COCO's evaluation of the same input, where it is at hand; else it is made. */
  readonly evaluation?: CocoEvaluation
  /** IoU from which on a detection has found an object, for everything that takes one threshold. Default 0.5. */
  readonly iouThreshold?: number
  /** Detections from this score on count in confusion, instances and worst cases. Default: where F1 is best. */
  readonly minScore?: number
  /** Worst cases listed of each kind. Default 24. */
  readonly worstOfEach?: number
}

/** Everything known about a set of results, as plain data: no NaN, -1 where a figure is undefined. */
export interface EvaluationReport {
  readonly iouType: IouType
  readonly iouThreshold: number
  readonly minScore: number
  /** COCO's figures, as pycocotools. */
  readonly stats: CocoStats | KeypointStats
  /** The same at the largest number of detections per image and category, whatever it is (COCO's are tied to 100). */
  readonly overall: Figures & { readonly maxDetections: number }
  readonly counts: {
    readonly images: number
    /** Objects that count. */
    readonly groundTruths: number
    readonly crowds: number
    /** Detections evaluated. */
    readonly detections: number
    /** Detections left out for being beyond the largest number per image and category. */
    readonly beyondLimit: number
  }
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
