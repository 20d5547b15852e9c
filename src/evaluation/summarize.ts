import type { Tensor } from '../tensor/tensor.ts'
import type { EvaluationParams } from './evaluation-params.ts'
import { numpySum } from './numpy-sum.ts'

/** Complete curves: -1 where no ground truth counts. */
export interface Curves {
  /** [T, R, K, A, M]: IoU threshold, recall threshold, category, area range, detections per image. */
  readonly precision: Tensor<'float64'>
  /** [T, R, K, A, M] score at which the recall is reached. */
  readonly scores: Tensor<'float64'>
  /** [T, K, A, M] */
  readonly recall: Tensor<'float64'>
}

/** One figure: the mean over everything left open. */
interface Stat {
  readonly of: 'precision' | 'recall'
  readonly iouThreshold?: number
  readonly area: string
  /** Detections per image; a `rank` is a position in the evaluation's own list. */
  readonly detections: number | { readonly rank: number }
}

const FIRST = { rank: 0 }
const SECOND = { rank: 1 }
const LAST = { rank: 2 }

/** COCO's table. AP is of 100 detections whatever the list says, as in pycocotools. */
const INSTANCE_STATS = {
  AP: { of: 'precision', area: 'all', detections: 100 },
  AP50: { of: 'precision', iouThreshold: 0.5, area: 'all', detections: LAST },
  AP75: { of: 'precision', iouThreshold: 0.75, area: 'all', detections: LAST },
  APs: { of: 'precision', area: 'small', detections: LAST },
  APm: { of: 'precision', area: 'medium', detections: LAST },
  APl: { of: 'precision', area: 'large', detections: LAST },
  AR1: { of: 'recall', area: 'all', detections: FIRST },
  AR10: { of: 'recall', area: 'all', detections: SECOND },
  AR100: { of: 'recall', area: 'all', detections: LAST },
  ARs: { of: 'recall', area: 'small', detections: LAST },
  ARm: { of: 'recall', area: 'medium', detections: LAST },
  ARl: { of: 'recall', area: 'large', detections: LAST },
} as const satisfies Record<string, Stat>

const KEYPOINT_STATS = {
  AP: { of: 'precision', area: 'all', detections: 20 },
  AP50: { of: 'precision', iouThreshold: 0.5, area: 'all', detections: 20 },
  AP75: { of: 'precision', iouThreshold: 0.75, area: 'all', detections: 20 },
  APm: { of: 'precision', area: 'medium', detections: 20 },
  APl: { of: 'precision', area: 'large', detections: 20 },
  AR: { of: 'recall', area: 'all', detections: 20 },
  AR50: { of: 'recall', iouThreshold: 0.5, area: 'all', detections: 20 },
  AR75: { of: 'recall', iouThreshold: 0.75, area: 'all', detections: 20 },
  ARm: { of: 'recall', area: 'medium', detections: 20 },
  ARl: { of: 'recall', area: 'large', detections: 20 },
} as const satisfies Record<string, Stat>

export type CocoStats = Readonly<Record<keyof typeof INSTANCE_STATS, number>>
export type KeypointStats = Readonly<Record<keyof typeof KEYPOINT_STATS, number>>

/** The twelve figures for boxes and masks; -1 where nothing of the kind was evaluated. */
export function summarizeInstances(curves: Curves, params: EvaluationParams): CocoStats {
  return summarize(INSTANCE_STATS, curves, params)
}

/** The ten figures for keypoints. */
export function summarizeKeypoints(curves: Curves, params: EvaluationParams): KeypointStats {
  return summarize(KEYPOINT_STATS, curves, params)
}

function summarize<Name extends string>(
  stats: Readonly<Record<Name, Stat>>,
  curves: Curves,
  params: EvaluationParams,
): Record<Name, number> {
  const entries = Object.entries<Stat>(stats).map(([name, stat]) => [name, meanOf(stat, curves, params)])
  return Object.fromEntries(entries) as Record<Name, number>
}

/** Mean of the valid entries a figure selects, in the order and with the rounding of NumPy's `mean`. */
function meanOf(
  { of, iouThreshold, area, detections }: Stat,
  curves: Curves,
  params: EvaluationParams,
): number {
  const { shape, data } = curves[of]
  const [T, A, M] = [shape[0], shape[shape.length - 2], shape[shape.length - 1]]
  const limit = typeof detections === 'number' ? detections : params.maxDetections[detections.rank]
  const a = params.areaRanges.findIndex(({ name }) => name === area)
  const m = params.maxDetections.indexOf(limit)
  if (a < 0 || m < 0) return -1
  const perThreshold = data.length / T
  const valid: number[] = []
  for (let t = 0; t < T; t++) {
    if (iouThreshold !== undefined && params.iouThresholds[t] !== iouThreshold) continue
    for (let at = t * perThreshold + a * M + m; at < (t + 1) * perThreshold; at += A * M) {
      if (data[at] > -1) valid.push(data[at])
    }
  }
  return valid.length === 0 ? -1 : numpySum(valid) / valid.length
}
