import type { Suppression } from '../detection/select-detections.ts'

/** Settings of what selects detections by their scores. */
interface ScoreSettings {
  readonly scoreThreshold: number
  readonly suppression?: Suppression
  readonly thresholdOn?: 'class' | 'score'
}

/** What every detection scores more than; undefined where scores fall after the threshold: by soft suppression, or by centerness. */
export function scoreFloor({ scoreThreshold, suppression, thresholdOn }: ScoreSettings): number | undefined {
  const isHard = suppression === undefined || suppression.kind === 'hard'
  return isHard && thresholdOn !== 'class' ? scoreThreshold : undefined
}
