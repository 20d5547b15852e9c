import { type Cell, type CellMatches, isMatched } from './match-detections.ts'

/** Detections of many cells in one descending order of score. */
export interface Ranking {
  /** Which cell, and which detection in it. */
  readonly cell: Uint32Array
  readonly detection: Uint32Array
  readonly scores: Float64Array
}

/** The first `limit` detections of every cell, merged stably: ties keep the order of the cells. */
export function rankDetections(cells: readonly Cell[], limit: number): Ranking {
  const taken = cells.map(({ detections }) => Math.min(limit, detections.ids.length))
  const total = taken.reduce((sum, count) => sum + count, 0)
  const cell = new Uint32Array(total)
  const detection = new Uint32Array(total)
  const scores = new Float64Array(total)
  let at = 0
  taken.forEach((count, c) => {
    for (let d = 0; d < count; d++, at++) {
      cell[at] = c
      detection[at] = d
      scores[at] = cells[c].detections.scores[d]
    }
  })
  const order = Uint32Array.from({ length: total }, (_, i) => i).sort(
    (a, b) => scores[b] - scores[a] || a - b,
  )
  return {
    cell: order.map((i) => cell[i]),
    detection: order.map((i) => detection[i]),
    scores: scores.map((_, i) => scores[order[i]]),
  }
}

export interface PrecisionRecall {
  /** [T, R] best precision at each recall threshold or beyond, 0 where that recall is not reached. */
  readonly precision: Float64Array
  /** [T, R] score at which the recall is reached, 0 where it is not. */
  readonly scores: Float64Array
  /** [T] recall with all detections. */
  readonly recall: Float64Array
}

/**
 * Precision over recall of ranked detections at each of T thresholds. Undefined where no ground truth counts.
 * Source: pycocotools `accumulate`.
 * @param matches of the same cells, for one area range
 */
export function accumulate(
  cells: readonly Cell[],
  matches: readonly CellMatches[],
  ranking: Ranking,
  iouThresholdCount: number,
  recallThresholds: readonly number[],
): PrecisionRecall | undefined {
  let positives = 0
  for (const { groundTruthIgnored } of matches) {
    for (const ignored of groundTruthIgnored) if (!ignored) positives++
  }
  if (positives === 0) return undefined
  const [T, R, N] = [iouThresholdCount, recallThresholds.length, ranking.scores.length]
  const precision = new Float64Array(T * R)
  const scores = new Float64Array(T * R)
  const recall = new Float64Array(T)
  const precisions = new Float64Array(N)
  const recalls = new Float64Array(N)
  for (let t = 0; t < T; t++) {
    let right = 0
    let wrong = 0
    for (let i = 0; i < N; i++) {
      const cell = cells[ranking.cell[i]]
      const { detectionMatches, detectionIgnored } = matches[ranking.cell[i]]
      const at = t * cell.detections.ids.length + ranking.detection[i]
      if (!detectionIgnored[at]) {
        if (isMatched(cell.groundTruths.ids, detectionMatches[at])) right++
        else wrong++
      }
      recalls[i] = right / positives
      precisions[i] = right / (wrong + right + Number.EPSILON)
    }
    if (N > 0) recall[t] = recalls[N - 1]
    for (let i = N - 1; i > 0; i--) if (precisions[i] > precisions[i - 1]) precisions[i - 1] = precisions[i]
    for (let r = 0; r < R; r++) {
      const reached = firstAtLeast(recalls, recallThresholds[r])
      if (reached === N) break
      precision[t * R + r] = precisions[reached]
      scores[t * R + r] = ranking.scores[reached]
    }
  }
  return { precision, scores, recall }
}

/** First index of an ascending array whose value is at least `threshold`, its length for none. */
function firstAtLeast(ascending: Float64Array, threshold: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle] < threshold) low = middle + 1
    else high = middle
  }
  return low
}
