import { type Outcomes, VERDICT } from './outcomes.ts'

/** One cell among the outcomes of several threads. */
interface CellPlace {
  readonly outcomes: Outcomes
  readonly cell: number
}

/** Cells by category, in each by ascending id of the image, whatever order and parts they come in. */
export function cellsByCategory(parts: readonly Outcomes[], categories: number): CellPlace[][] {
  const byCategory: CellPlace[][] = Array.from({ length: categories }, () => [])
  for (const outcomes of parts) {
    for (let cell = 0; cell < outcomes.categories.length; cell++) {
      byCategory[outcomes.categories[cell]].push({ outcomes, cell })
    }
  }
  const imageOf = ({ outcomes, cell }: CellPlace) => outcomes.imageIds[cell]
  for (const cells of byCategory) cells.sort((a, b) => imageOf(a) - imageOf(b))
  return byCategory
}

/** Detections of one category in descending order of score. */
export interface Ranking {
  /** [N] */
  readonly scores: Float64Array
  /** [N] Place in its own cell, which is what limits the detections of an image. */
  readonly ranks: Uint32Array
  /** [A, T, N] `VERDICT`. */
  readonly verdicts: Uint8Array
  /** [A] Ground truths that count. */
  readonly positives: Uint32Array
}

/** The detections of all cells of a category, merged stably: ties keep the order of the cells. */
export function rankDetections(cells: readonly CellPlace[], areas: number, thresholds: number): Ranking {
  const counts = cells.map(({ outcomes: { starts }, cell }) => starts[cell + 1] - starts[cell])
  const N = counts.reduce((sum, count) => sum + count, 0)
  const unsorted = new Float64Array(N)
  const positives = new Uint32Array(areas)
  const ranks = new Uint32Array(N)
  const verdicts = new Uint8Array(areas * thresholds * N)
  let from = 0
  cells.forEach(({ outcomes, cell }, c) => {
    unsorted.set(outcomes.scores.subarray(outcomes.starts[cell], outcomes.starts[cell + 1]), from)
    for (let d = 0; d < counts[c]; d++) ranks[from + d] = d
    for (let a = 0; a < areas; a++) positives[a] += outcomes.positives[cell * areas + a]
    from += counts[c]
  })
  const order = Uint32Array.from({ length: N }, (_, i) => i).sort(
    (a, b) => unsorted[b] - unsorted[a] || a - b,
  )
  const place = new Uint32Array(N)
  for (let i = 0; i < N; i++) place[order[i]] = i
  let first = 0
  cells.forEach(({ outcomes, cell }, c) => {
    const total = outcomes.scores.length
    for (let row = 0; row < areas * thresholds; row++) {
      const source = row * total + outcomes.starts[cell]
      for (let d = 0; d < counts[c]; d++) verdicts[row * N + place[first + d]] = outcomes.verdicts[source + d]
    }
    first += counts[c]
  })
  return {
    scores: unsorted.map((_, i) => unsorted[order[i]]),
    ranks: ranks.map((_, i) => ranks[order[i]]),
    verdicts,
    positives,
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

/** Places in a ranking of the first `limit` detections of every image. */
export function placesWithin({ ranks }: Ranking, limit: number): Uint32Array {
  const places = new Uint32Array(ranks.length)
  let count = 0
  for (let i = 0; i < ranks.length; i++) if (ranks[i] < limit) places[count++] = i
  return places.subarray(0, count)
}

/**
 * Precision over recall of ranked detections at each of T thresholds, in one range of areas. Undefined where no ground
 * truth counts. Source: pycocotools `accumulate`.
 * @param places of the detections that take part (`placesWithin`)
 */
export function accumulate(
  ranking: Ranking,
  places: Uint32Array,
  area: number,
  thresholds: number,
  recallThresholds: readonly number[],
): PrecisionRecall | undefined {
  const positives = ranking.positives[area]
  if (positives === 0) return undefined
  const [T, R, N] = [thresholds, recallThresholds.length, places.length]
  const precision = new Float64Array(T * R)
  const scores = new Float64Array(T * R)
  const recall = new Float64Array(T)
  // Recall grows and precision peaks at detections that are right: the others need no entry, but for the very first.
  const steps = 1 + Math.min(N, positives)
  const found = new Uint32Array(steps)
  const precisions = new Float64Array(steps)
  const recalls = new Float64Array(steps)
  for (let t = 0; t < T && N > 0; t++) {
    const row = (area * T + t) * ranking.scores.length
    let right = 0
    let wrong = 0
    let count = 0
    for (let i = 0; i < N; i++) {
      const verdict = ranking.verdicts[row + places[i]]
      if (verdict === VERDICT.right) right++
      else if (verdict === VERDICT.wrong) wrong++
      if (verdict !== VERDICT.right && i > 0) continue
      found[count] = places[i]
      recalls[count] = right / positives
      precisions[count++] = right / (wrong + right + Number.EPSILON)
    }
    recall[t] = recalls[count - 1]
    for (let i = count - 1; i > 0; i--) {
      if (precisions[i] > precisions[i - 1]) precisions[i - 1] = precisions[i]
    }
    for (let r = 0; r < R; r++) {
      const reached = firstAtLeast(recalls, recallThresholds[r], count)
      if (reached === count) break
      precision[t * R + r] = precisions[reached]
      scores[t * R + r] = ranking.scores[found[reached]]
    }
  }
  return { precision, scores, recall }
}

/** First index of an ascending array of `count` values whose value is at least `threshold`, `count` for none. */
function firstAtLeast(ascending: Float64Array, threshold: number, count: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle] < threshold) low = middle + 1
    else high = middle
  }
  return low
}
