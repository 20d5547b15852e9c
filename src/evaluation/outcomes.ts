import type { AreaRange, EvaluationParams } from './evaluation-params.ts'
import {
  type Cell,
  counts,
  HIGHEST_THRESHOLD,
  isMatched,
  isWithin,
  matchDetections,
} from './match-detections.ts'

/** What a detection is at one IoU threshold, for one range of areas. */
export const VERDICT = { wrong: 0, right: 1, ignored: 2 } as const

/**
 * What matching made of the detections of C cells, N detections in all: everything that precision and recall are made
 * of, as numbers in a few arrays, which threads can hand over as they are.
 */
export interface Outcomes {
  /** [C] Place of the category in the evaluation's list. */
  readonly categories: Uint32Array<ArrayBuffer>
  /** [C] Id of the image. */
  readonly imageIds: Float64Array<ArrayBuffer>
  /** [C + 1] First detection of every cell, and N. */
  readonly starts: Uint32Array<ArrayBuffer>
  /** [C, A] Ground truths that count in each range of areas. */
  readonly positives: Uint32Array<ArrayBuffer>
  /** [N] In descending order within a cell. */
  readonly scores: Float64Array<ArrayBuffer>
  /** [A, T, N] `VERDICT`. */
  readonly verdicts: Uint8Array<ArrayBuffer>
}

/** A cell, and the place of its category in the evaluation's list. */
export interface PlacedCell {
  readonly category: number
  readonly cell: Cell
}

/** Matches the detections of every cell at all thresholds and for all ranges of areas. */
export function matchCells(
  cells: readonly PlacedCell[],
  { iouThresholds, areaRanges }: Pick<EvaluationParams, 'iouThresholds' | 'areaRanges'>,
): Outcomes {
  const [C, A, T] = [cells.length, areaRanges.length, iouThresholds.length]
  const starts = new Uint32Array(C + 1)
  cells.forEach(({ cell }, c) => {
    starts[c + 1] = starts[c] + cell.detections.ids.length
  })
  const N = starts[C]
  const outcomes: Outcomes = {
    categories: Uint32Array.from(cells, ({ category }) => category),
    imageIds: Float64Array.from(cells, ({ cell }) => cell.imageId),
    starts,
    positives: new Uint32Array(C * A),
    scores: new Float64Array(N),
    verdicts: new Uint8Array(A * T * N),
  }
  cells.forEach(({ cell }, c) => {
    outcomes.scores.set(cell.detections.scores, starts[c])
    for (const [a, range] of areaRanges.entries()) writeMatches(outcomes, cell, c, iouThresholds, range, a, A)
  })
  return outcomes
}

function writeMatches(
  { starts, positives, verdicts, scores }: Outcomes,
  cell: Cell,
  c: number,
  iouThresholds: readonly number[],
  range: AreaRange,
  a: number,
  areas: number,
): void {
  const { detections, groundTruths } = cell
  const [T, D, G, N] = [iouThresholds.length, detections.ids.length, groundTruths.ids.length, scores.length]
  for (let g = 0; g < G; g++) if (counts(groundTruths, g, range)) positives[c * areas + a]++
  const first = a * T * N + starts[c]
  // In most cells nothing can match, and matching makes arrays for its answer.
  if (!canMatch(cell, iouThresholds)) {
    for (let d = 0; d < D; d++) {
      if (isWithin(detections.areas[d], range)) continue
      for (let t = 0; t < T; t++) verdicts[first + t * N + d] = VERDICT.ignored
    }
    return
  }
  const { detectionMatches, detectionIgnored } = matchDetections(cell, iouThresholds, range)
  for (let t = 0; t < T; t++) {
    for (let d = 0; d < D; d++) {
      const at = t * D + d
      if (detectionIgnored[at]) verdicts[first + t * N + d] = VERDICT.ignored
      else if (isMatched(groundTruths.ids, detectionMatches[at])) verdicts[first + t * N + d] = VERDICT.right
    }
  }
}

function canMatch({ ious }: Cell, iouThresholds: readonly number[]): boolean {
  if (ious.length === 0) return false
  const lowest = Math.min(...iouThresholds, HIGHEST_THRESHOLD)
  return ious.some((iou) => iou >= lowest)
}
