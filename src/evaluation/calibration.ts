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
  readonly bins: readonly CalibrationBin[]
  /** Expected calibration error: |mean score - precision| averaged over detections; -1 without any, or for scores outside [0, 1]. */
  readonly expectedError: number
}
