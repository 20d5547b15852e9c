import type { Judged } from './image-matches.ts'

/** What keeping detections of at least `score` gives; -1 where undefined (precision of none, recall of nothing). */
export interface OperatingPoint {
  readonly score: number
  readonly precision: number
  readonly recall: number
  /** 2 TP / (2 TP + FP + FN); -1 with nothing to find and nothing found. */
  readonly f1: number
}

export interface OperatingPoints {
  /** 101 evenly spaced thresholds from 0 to 1 (further where scores are), ascending. */
  readonly points: readonly OperatingPoint[]
  readonly best: OperatingPoint
}

const INTERVALS = 100

export function operatingPoints(judged: Judged): OperatingPoints {
  const { scores } = judged
  const low = Math.min(0, scores[scores.length - 1] ?? 0)
  const high = Math.max(1, scores[0] ?? 1)
  const rights = cumulative(judged.right)
  let kept = scores.length
  const points = Array.from({ length: INTERVALS + 1 }, (_, i) => {
    const threshold = low + (i * (high - low)) / INTERVALS
    while (kept > 0 && scores[kept - 1] < threshold) kept--
    return pointOf(threshold, kept, rights[kept], judged.positives)
  })
  return { points, best: bestPoint(judged) }
}

/**
 * Of all scores that occur the one at which F1 is best, the highest of equals. Where nothing is right all detections are
 * kept: the lowest score, or 0 without any.
 */
export function bestPoint({ scores, right, positives }: Judged): OperatingPoint {
  const N = scores.length
  const rights = cumulative(right)
  let best = pointOf(scores[N - 1] ?? 0, N, rights[N], positives)
  if (rights[N] === 0) return best
  for (let kept = N; kept > 0; kept--) {
    if (scores[kept] === scores[kept - 1]) continue
    const point = pointOf(scores[kept - 1], kept, rights[kept], positives)
    if (point.f1 >= best.f1) best = point
  }
  return best
}

function pointOf(score: number, kept: number, right: number, positives: number): OperatingPoint {
  return {
    score,
    precision: kept > 0 ? right / kept : -1,
    recall: positives > 0 ? right / positives : -1,
    f1: kept + positives > 0 ? (2 * right) / (kept + positives) : -1,
  }
}

/** [N + 1] Sums of the first values. */
function cumulative(values: readonly number[]): Uint32Array {
  const sums = new Uint32Array(values.length + 1)
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i] + values[i]
  return sums
}
