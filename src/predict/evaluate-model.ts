import type { Dataset } from '../data/dataset.ts'
import { parseCocoResults } from '../data/formats/coco-results.ts'
import { evaluateCoco } from '../evaluation/coco-metric.ts'
import { evaluateInstances, type InstanceScore } from '../evaluation/instance-f1.ts'
import type { CocoStats } from '../evaluation/summarize.ts'
import type { CocoResult } from './detect-dataset.ts'

export type EvaluatedIou = 'bbox' | 'segm' | 'boundary'

/** COCO's twelve figures for each kind of IoU asked for. */
export type EvaluationFigures = Partial<Record<EvaluatedIou, CocoStats>>

/** Evaluates what `detectDataset` found. Mask figures take the area of the mask, not of the box. */
export function evaluateDetections(
  dataset: Dataset,
  results: readonly CocoResult[],
  ious: readonly EvaluatedIou[],
): EvaluationFigures {
  const figures: EvaluationFigures = {}
  for (const iouType of ious) {
    const entries = results.map(({ bbox, segmentation, ...entry }) =>
      iouType !== 'bbox' && segmentation ? { ...entry, segmentation } : { ...entry, bbox },
    )
    const parsed = parseCocoResults(entries, 'detections', dataset)
    figures[iouType] = evaluateCoco({ groundTruth: dataset, results: parsed, iouType }).stats
  }
  return figures
}

/** Counts of found, missed and false masks at IoU 0.5, as microscopy reports them, for detections of at least `minScore`. */
export function countInstances(
  dataset: Dataset,
  results: readonly CocoResult[],
  minScore: number,
): InstanceScore {
  const parsed = parseCocoResults(
    results.map(({ bbox, ...entry }) => entry),
    'detections',
    dataset,
  )
  return evaluateInstances({ groundTruth: dataset, results: parsed, iouThresholds: [0.5], minScore })
    .scores[0]
}
