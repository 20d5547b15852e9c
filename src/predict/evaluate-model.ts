import type { Dataset } from '../data/dataset.ts'
import { type CocoEvaluation, evaluateCoco } from '../evaluation/coco-metric.ts'
import type { EvaluationParams, IouType } from '../evaluation/evaluation-params.ts'
import { evaluateInstances, type InstanceScore } from '../evaluation/instance-f1.ts'
import { type CocoResult, parseCocoResults } from '../formats/coco/coco-results.ts'
import type { Finding } from '../models/detector.ts'
import type { CocoResultJson } from './detect-dataset.ts'

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
  results: readonly CocoResultJson[],
  ious: readonly IouType[],
  params?: Partial<EvaluationParams>,
): Evaluations {
  const evaluations: Evaluations = {}
  for (const iouType of ious) {
    const parsed = comparedResults(groundTruth, results, iouType)
    evaluations[iouType] = evaluateCoco({ groundTruth, results: parsed, iouType, params })
  }
  return evaluations
}

/**
 * What `detectDataset` found, as it is compared: figures of masks take the area of the mask, not of the box, and for figures of
 * keypoints only objects that have any count.
 */
export function comparedResults(
  dataset: Dataset,
  results: readonly CocoResultJson[],
  iouType: IouType,
): CocoResult[] {
  const isCompared = ({ keypoints }: CocoResultJson) => iouType !== 'keypoints' || keypoints !== undefined
  const isOfMasks = iouType === 'segm' || iouType === 'boundary'
  const entries = results.filter(isCompared).map(({ bbox, segmentation, ...entry }) => {
    return isOfMasks && segmentation ? { ...entry, segmentation } : { ...entry, bbox }
  })
  return parseCocoResults(entries, 'detections', dataset)
}

/**
 * Counts of found, missed and false masks at IoU 0.5, as microscopy reports them, for detections of at least `minScore`: those
 * that `predict` would give.
 */
export function countInstances(
  dataset: Dataset,
  results: readonly CocoResultJson[],
  minScore: number,
): InstanceScore {
  const given = results.map(({ mask_score: _, ...result }) => result)
  const parsed = comparedResults(dataset, given, 'segm')
  return evaluateInstances({ groundTruth: dataset, results: parsed, iouThresholds: [0.5], minScore })
    .scores[0]
}
