/** Detections from predictions at every cell of every map: no proposals, one selection. */
import type { Value } from '../graph/value.ts'
import { add, greater } from '../ops/elementwise.ts'
import { gather, gatherND, nonZero, pick } from '../ops/gather.ts'
import { concat, sizeMin, sizeOf, transpose } from '../ops/layout.ts'
import { topK } from '../ops/select.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { clipBoxes } from './box-coding.ts'
import { floorOf, lastOf } from './limit-floor.ts'
import type { Detections, Suppression } from './select-detections.ts'
import { softSuppress } from './soft-suppress.ts'
import { suppressWithinClasses } from './suppress.ts'

/** What a head says of one map: R rows, its cells or the anchors of them, and K classes without the background. */
export interface DenseLevel {
  /** `[N, R, K]`, at least 0: what detections are ranked by. */
  readonly scores: Value<'float32'>
  /** `[N, R, K]`: what the threshold is on; the scores where not given. */
  readonly thresholded?: Value<'float32'>
  /** Boxes `[C, 4]` of some rows (int64 `[C]`) of one image, in pixels of the network's input. */
  boxes(image: number, rows: Value<'int64'>): Value<'float32'>
}

export interface DenseSelection {
  /** Strict: a candidate has more of what its level puts the threshold on. */
  readonly scoreThreshold: number
  /** The best of each level that are looked at: rows in a class. */
  readonly candidates: number
  readonly nmsThreshold: number
  /** What becomes of boxes that overlap a better one of their class; by default they fall. */
  readonly suppression?: Suppression
  readonly maxDetections: number
}

/** Detections, and whether the limit of candidates left out any that mattered. */
export interface DenseDetections extends Detections {
  /** Float32 `[1]`, see `floorOf`. */
  readonly candidateFloor: Value<'float32'>
}

/**
 * Detections of one image (Lin et al. 2017, RetinaNet, section 4.1; torchvision's order of events): of each level the best
 * candidates, decoded; those of all levels suppressed within their class; the best of what is left. Equal scores keep the order
 * of levels, then among candidates of a level that of rows and classes. `clipTo`, float32 `[2]` (height, width), is what boxes
 * are cut to before they are suppressed; they stay as they are where it is not given. None is an ordinary result.
 */
export function selectDense(
  levels: readonly DenseLevel[],
  image: number,
  { scoreThreshold, candidates, nmsThreshold, suppression = { kind: 'hard' }, maxDetections }: DenseSelection,
  clipTo?: Value<'float32'>,
): DenseDetections {
  const best = levels.map((level) => bestOfLevel(level, image, scoreThreshold, candidates))
  const join = <D extends Dtype>(part: (level: (typeof best)[number]) => Value<D>) =>
    concat(best.map(part), 0)
  const decoded = join((level) => level.boxes)
  const boxes = clipTo ? clipBoxes(decoded, clipTo) : decoded
  const [scores, classes] = [join((level) => level.scores), join((level) => level.classes)]
  const kept =
    suppression.kind === 'hard'
      ? suppressWithinClasses(boxes, scores, classes, {
          classCount: sizeOf(levels[0].scores, 2),
          iouThreshold: nmsThreshold,
          limit: maxDetections,
        })
      : softSuppress(boxes, scores, classes, suppression, maxDetections)
  return {
    boxes: gather(boxes, kept.indices),
    scores: kept.scores,
    labels: add(gather(classes, kept.indices), 1),
    candidateFloor: floorOf(best.map((level) => lastOf(level.scores, candidates))),
  }
}

/** The candidates of highest score, with their classes from 0 on. */
function bestOfLevel(
  { scores, thresholded = scores, boxes }: DenseLevel,
  image: number,
  threshold: number,
  limit: number,
) {
  const places = transpose(nonZero(greater(pick(thresholded, 0, image), threshold)), [1, 0])
  const theirs = gatherND(pick(scores, 0, image), places)
  const top = topK(theirs, sizeMin(sizeOf(theirs, 0), limit))
  const best = gather(places, top.indices)
  return { boxes: boxes(image, pick(best, 1, 0)), scores: top.values, classes: pick(best, 1, 1) }
}
