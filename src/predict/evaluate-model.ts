import type { Dataset } from '../data/dataset.ts'
import { type CocoResult, parseCocoResults } from '../data/formats/coco/coco-results.ts'
import { evaluateCoco } from '../evaluation/coco-metric.ts'
import { evaluateInstances, type InstanceScore } from '../evaluation/instance-f1.ts'
import type { CocoStats } from '../evaluation/summarize.ts'
import type { CocoResultJson } from './detect-dataset.ts'

export type EvaluatedIou = 'bbox' | 'segm' | 'boundary'

/** COCO's twelve figures for each kind of IoU asked for. */
export type EvaluationFigures = Partial<Record<EvaluatedIou, CocoStats>>

/** Evaluates what `detectDataset` found. */
export function evaluateDetections(
  dataset: Dataset,
  results: readonly CocoResultJson[],
  ious: readonly EvaluatedIou[],
): EvaluationFigures {
  const figures: EvaluationFigures = {}
  for (const iouType of ious) {
    const parsed = comparedResults(dataset, results, iouType)
    figures[iouType] = evaluateCoco({ groundTruth: dataset, results: parsed, iouType }).stats
  }
  return figures
}

/** What `detectDataset` found, as it is compared: figures of masks take the area of the mask, not of the box. */
export function comparedResults(
  dataset: Dataset,
  results: readonly CocoResultJson[],
  iouType: EvaluatedIou,
): CocoResult[] {
  const entries = results.map(({ bbox, segmentation, ...entry }) =>
    iouType !== 'bbox' && segmentation ? { ...entry, segmentation } : { ...entry, bbox },
  )
  return parseCocoResults(entries, 'detections', dataset)
}

/** Counts of found, missed and false masks at IoU 0.5, as microscopy reports them, for detections of at least `minScore`. */
export function countInstances(
  dataset: Dataset,
  results: readonly CocoResultJson[],
  minScore: number,
): InstanceScore {
  const parsed = comparedResults(dataset, results, 'segm')
  return evaluateInstances({ groundTruth: dataset, results: parsed, iouThresholds: [0.5], minScore })
    .scores[0]
}
