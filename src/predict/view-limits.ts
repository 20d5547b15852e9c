import type { DetectionLimits } from '../models/model-definition.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Proposals as likely as this are objects; a limit that left them out has cost detections. */
const CERTAIN = 0.95

/** A floor of 0 says that no limit was reached. */
const LEAST = Number.MIN_VALUE

/** Outputs that tell what limits left out, and nothing of what was found. */
export const LIMIT_OUTPUTS: readonly string[] = ['proposalFloor', 'candidateFloor']

/** Which limits of its model left something out of one view of a picture. */
export interface ReachedLimits {
  readonly detections: boolean
  /** Of boxes that are looked at before the last suppression: proposals, or candidates of a level. */
  readonly boxes: boolean
}

/** `score` is the least that is wanted: what a limit cut off below it nobody misses. */
export function reachedLimits(
  outputs: Readonly<Record<string, Tensor>>,
  limits: DetectionLimits | undefined,
  score: number,
): ReachedLimits {
  const scores = outputs.scores.data as Float32Array
  if (!limits) return { detections: false, boxes: false }
  const last = scores.at(-1) ?? 0
  const floor = (name: string) => (outputs[name]?.data as Float32Array | undefined)?.at(0) ?? 0
  return {
    detections: scores.length >= limits.detections && last >= score,
    // What is left out of the candidates would have been found with the score it had.
    boxes: floor('proposalFloor') >= CERTAIN || floor('candidateFloor') >= Math.max(score, LEAST),
  }
}

/** What people should know of the limits that views of one picture reached. */
export function limitNotes(views: readonly ReachedLimits[], limits: DetectionLimits | undefined): string[] {
  const where = (count: number) => (views.length === 1 ? '' : ` in ${count} of ${views.length} tiles`)
  const count = (kind: keyof ReachedLimits) => views.filter((view) => view[kind]).length
  const notes: string[] = []
  const [detections, boxes] = [count('detections'), count('boxes')]
  if (detections > 0) {
    notes.push(
      `the model's limit of ${limits?.detections} instances was reached${where(detections)}, so there may be more: ${REMEDY}`,
    )
  }
  if (boxes > 0) {
    const limit =
      limits?.candidates === undefined
        ? `${limits?.proposals} proposals`
        : `${limits.candidates} candidates of a level`
    notes.push(
      `the model's limit of ${limit} was reached${where(boxes)} with likely objects left out, so instances may be missing: ${REMEDY}`,
    )
  }
  return notes
}

const REMEDY = 'raise it (--max, or max of Detector.load) or take smaller tiles (tile)'
