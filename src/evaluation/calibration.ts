import type { Judged } from './image-matches.ts'

/** Detections whose score lies in [from, to), in the last bin [from, to]. */
export interface CalibrationBin {
  readonly from: number
  readonly to: number
  readonly count: number
  /** -1 in an empty bin. */
  readonly meanScore: number
  /** Share that is right; -1 in an empty bin. */
  readonly precision: number
}

/** How well scores tell the share of detections that is right. */
export interface Calibration {
  /** Empty where a score lies outside [0, 1] and so cannot be a share. */
  readonly bins: readonly CalibrationBin[]
  /** |mean score - precision| averaged over detections; -1 without detections or bins. */
  readonly expectedError: number
}

/**
 * Reliability of scores in bins of equal width and the expected calibration error (Guo et al. 2017), with precision in the
 * place of accuracy, as for detectors (Küppers et al. 2020).
 */
export function calibration({ scores, right }: Judged, binCount = 10): Calibration {
  if (scores.some((score) => score < 0 || score > 1)) return { bins: [], expectedError: -1 }
  const sums = Array.from({ length: binCount }, () => ({ count: 0, score: 0, right: 0 }))
  scores.forEach((score, i) => {
    const bin = sums[Math.min(Math.floor(score * binCount), binCount - 1)]
    bin.count++
    bin.score += score
    bin.right += right[i]
  })
  const bins = sums.map(({ count, score, right }, i) => ({
    from: i / binCount,
    to: (i + 1) / binCount,
    count,
    meanScore: count > 0 ? score / count : -1,
    precision: count > 0 ? right / count : -1,
  }))
  const gaps = sums.reduce((total, { score, right }) => total + Math.abs(score - right), 0)
  return { bins, expectedError: scores.length > 0 ? gaps / scores.length : -1 }
}
