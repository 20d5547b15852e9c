/** What keeping detections of at least `score` gives; -1 where undefined (precision of none, recall of nothing). */
export interface OperatingPoint {
  readonly score: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

export interface OperatingPoints {
  /** Evenly spaced thresholds from 0 to 1 (further where scores are), ascending. */
  readonly points: readonly OperatingPoint[]
  /** Where F1 is best, of all scores that occur; the highest such score. */
  readonly best: OperatingPoint
}
