import type { Dataset } from '../data/dataset.ts'
import { type CocoEvaluation, evaluateCoco } from '../evaluation/coco-metric.ts'
import type { EvaluationParams, IouType } from '../evaluation/evaluation-params.ts'
import { evaluateInstances, type InstanceScore } from '../evaluation/instance-f1.ts'
import type { CocoResult } from '../formats/coco/coco-results.ts'
import { boxToXywh } from '../geometry/boxes.ts'
import { rleArea, rleToBox } from '../geometry/rle.ts'
import type { Finding } from '../models/detector.ts'

/** COCO's figures for each kind asked for. */
export type Evaluations = Partial<Record<IouType, CocoEvaluation>>

/** What each finding of a model is measured by, the most telling first. */
const MEASURES = {
  keypoint: ['keypoints'],
  mask: ['segm', 'boundary'],
  box: ['bbox'],
} as const satisfies Record<Finding, readonly IouType[]>

/** Every kind of figures that a model can be measured by. */
export function measuresOf(finds: readonly Finding[]): IouType[] {
  return findingsOf(finds).flatMap((finding) => [...MEASURES[finding]])
}

/** One for each of its findings, the most telling first: by that one model is better than another. */
export function mainMeasuresOf(finds: readonly Finding[]): [IouType, ...IouType[]] {
  return findingsOf(finds).map((finding) => MEASURES[finding][0]) as [IouType, ...IouType[]]
}

function findingsOf(finds: readonly Finding[]): Finding[] {
  return (Object.keys(MEASURES) as Finding[]).filter((finding) => finds.includes(finding))
}

/** Evaluates what `detectDataset` found. */
export function evaluateDetections(
  groundTruth: Dataset,
  found: readonly CocoResult[],
  ious: readonly IouType[],
  params?: Partial<EvaluationParams>,
): Evaluations {
  const evaluations: Evaluations = {}
  for (const iouType of ious) {
    evaluations[iouType] = evaluateCoco({
      groundTruth,
      results: comparedResults(found, iouType),
      iouType,
      params,
    })
  }
  return evaluations
}

/**
 * What `detectDataset` found, as it is compared: figures of masks take the area of the mask, not of the box, and for figures of
 * keypoints only objects that have any count.
 */
export function comparedResults(found: readonly CocoResult[], iouType: IouType): CocoResult[] {
  const isCompared = ({ keypoints }: CocoResult) => iouType !== 'keypoints' || keypoints !== undefined
  const isOfMasks = iouType === 'segm' || iouType === 'boundary'
  return found
    .filter(isCompared)
    .map((result, i) => ({ ...result, ...(isOfMasks && maskMeasures(result)), id: i + 1 }))
}

function maskMeasures({ segmentation }: CocoResult): Pick<CocoResult, 'xywh' | 'area'> | undefined {
  if (!segmentation || !('counts' in segmentation)) return undefined
  return { xywh: boxToXywh(rleToBox(segmentation)), area: rleArea(segmentation) }
}

/**
 * Counts of found, missed and false masks at IoU 0.5, as microscopy reports them, for detections of at least `minScore`: those
 * that `predict` would give.
 */
export function countInstances(
  dataset: Dataset,
  found: readonly CocoResult[],
  minScore: number,
): InstanceScore {
  const byClass = found.map(({ maskScore: _, ...result }) => result)
  const results = comparedResults(byClass, 'segm')
  return evaluateInstances({ groundTruth: dataset, results, iouThresholds: [0.5], minScore }).scores[0]
}
