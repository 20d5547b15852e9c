import type { CocoEvaluation } from './coco-metric.ts'
import type { Judged } from './image-matches.ts'
import type { ImageOverlaps } from './image-overlaps.ts'
import { numpySum } from './numpy-sum.ts'
import { bestPoint } from './operating-points.ts'

/** COCO's figures at the largest number of detections evaluated; -1 where nothing of the kind was evaluated. */
export interface Figures {
  readonly AP: number
  readonly AP50: number
  readonly AP75: number
  readonly APs: number
  readonly APm: number
  readonly APl: number
  readonly AR: number
}

/** One category: what there is, COCO's figures, and what its own best score threshold reaches. */
export interface CategoryRow extends Figures {
  readonly id: number
  readonly name: string
  /** Objects that count: no crowds, no people without labelled keypoints. */
  readonly groundTruths: number
  /** Detections evaluated, those on crowds included. */
  readonly detections: number
  /** Keeping detections from this score on, F1 of the category is best. Where none is right: all are kept. */
  readonly bestScore: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** @param judged of each category, at one IoU threshold */
export function categoryTable(
  evaluation: CocoEvaluation,
  categories: readonly { readonly id: number; readonly name: string }[],
  images: readonly ImageOverlaps[],
  judged: readonly Judged[],
): CategoryRow[] {
  const detections = new Uint32Array(categories.length)
  for (const image of images) for (const k of image.detections.categories) detections[k]++
  return categories.map(({ id, name }, k) => {
    const { score, precision, recall, f1 } = bestPoint(judged[k])
    return {
      id,
      name,
      groundTruths: judged[k].positives,
      detections: detections[k],
      ...figuresOf(evaluation, k),
      bestScore: score,
      precision,
      recall,
      f1,
    }
  })
}

/** Of one category by its place, or the mean of all. */
export function figuresOf(evaluation: CocoEvaluation, category?: number): Figures {
  const of = (kind: 'precision' | 'recall', area: string, iouThreshold?: number) =>
    meanFigure(evaluation, kind, area, iouThreshold, category)
  return {
    AP: of('precision', 'all'),
    AP50: of('precision', 'all', 0.5),
    AP75: of('precision', 'all', 0.75),
    APs: of('precision', 'small'),
    APm: of('precision', 'medium'),
    APl: of('precision', 'large'),
    AR: of('recall', 'all'),
  }
}

function meanFigure(
  { precision, recall, params }: CocoEvaluation,
  kind: 'precision' | 'recall',
  area: string,
  iouThreshold: number | undefined,
  category: number | undefined,
): number {
  const [T, R, K, A, M] = precision.shape
  const a = params.areaRanges.findIndex(({ name }) => name === area)
  if (a < 0) return -1
  const { data } = kind === 'precision' ? precision : recall
  const rows = kind === 'precision' ? R : 1
  const valid: number[] = []
  for (let t = 0; t < T; t++) {
    if (iouThreshold !== undefined && params.iouThresholds[t] !== iouThreshold) continue
    for (let r = t * rows; r < (t + 1) * rows; r++) {
      for (let k = category ?? 0; k < (category === undefined ? K : category + 1); k++) {
        const value = data[((r * K + k) * A + a) * M + M - 1]
        if (value > -1) valid.push(value)
      }
    }
  }
  return valid.length === 0 ? -1 : numpySum(valid) / valid.length
}
