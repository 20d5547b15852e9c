import type { Value } from '../graph/value.ts'
import { add, and, greater, greaterOrEqual, mul, where } from '../ops/elementwise.ts'
import { gather, gatherND, nonZero, pick } from '../ops/gather.ts'
import {
  concat,
  expand,
  reshape,
  type Size,
  sizeMin,
  sizeOf,
  sizes,
  slice,
  transpose,
  unsqueeze,
} from '../ops/layout.ts'
import { softmax } from '../ops/normalize.ts'
import { topK } from '../ops/select.ts'
import { type BoxConvention, type BoxWeights, boxSides, clipBoxes, decodeBoxes } from './box-coding.ts'
import { type SoftSuppression, softSuppress } from './soft-suppress.ts'
import { suppressPerClass } from './suppress.ts'

export interface DetectionConfig extends BoxConvention {
  /** On the class probability; strict: a detection scores more. */
  readonly scoreThreshold: number
  readonly nmsThreshold: number
  /** What becomes of boxes that overlap a better one of their class; by default they fall. */
  readonly suppression?: Suppression
  readonly maxDetections: number
  /** Multipliers of the box coding, 10 10 5 5 in the paper's code. */
  readonly boxWeights: BoxWeights
}

/** `hard`: a box falls above `nmsThreshold`. */
export type Suppression = { readonly kind: 'hard' } | SoftSuppression

/** Detections of one image, by falling score over all classes. */
export interface Detections {
  /** `[D, 4]`. */
  readonly boxes: Value<'float32'>
  /** `[D]`. */
  readonly scores: Value<'float32'>
  /** int64 `[D]`, 1 to K. */
  readonly labels: Value<'int64'>
}

const MIN_SIDE = 1e-2
/** Below every threshold. */
const DROPPED = -1

/**
 * Detections of one image from what the box head says of its proposals: logits `[P, K + 1]` with background first,
 * deltas `[P, 4 (K + 1)]`, or `[P, 4]` of any class, proposals `[P, 4]`, size float32 `[2]` (height, width). Softmax, decode each class, clip,
 * drop background, unlikely and small boxes, suppress within each class, keep the best (torchvision's order of events).
 * None is an ordinary result.
 */
export function selectDetections(
  predictions: { readonly logits: Value<'float32'>; readonly deltas: Value<'float32'> },
  proposals: Value<'float32'>,
  size: Value<'float32'>,
  config: DetectionConfig,
): Detections {
  const { boxWeights, legacyBoxes } = config
  const { logits, deltas } = predictions
  const count = sizeOf(logits, 0)
  const classes = sizeOf(logits, 1)
  const perClass =
    deltas.shape[1] === 4
      ? expand(unsqueeze(deltas, 1), [count, classes, 4])
      : reshape(deltas, [count, classes, 4])
  const decoded = decodeBoxes(slice(perClass, 1, 1), unsqueeze(proposals, 1), boxWeights)
  const boxes = transpose(clipBoxes(decoded, size, { legacyBoxes }), [1, 0, 2])
  const { width, height } = boxSides(boxes)
  const least = legacyBoxes ? 0 : MIN_SIDE
  const large = reshape(and(greaterOrEqual(width, least), greaterOrEqual(height, least)), [
    sizeOf(boxes, 0),
    count,
  ])
  const scores = where(large, transpose(slice(softmax(logits), 1, 1), [1, 0]), DROPPED)
  const best = kept(boxes, scores, config)
  return { boxes: gatherND(boxes, best.places), scores: best.scores, labels: add(pick(best.places, 1, 0), 1) }
}

/** (class, proposal) pairs int64 `[D, 2]` of what is left of boxes `[K, P, 4]` with scores `[K, P]`, by falling score. */
interface Kept {
  readonly places: Value<'int64'>
  readonly scores: Value<'float32'>
}

function kept(boxes: Value<'float32'>, scores: Value<'float32'>, config: DetectionConfig): Kept {
  const { nmsThreshold, maxDetections, legacyBoxes, suppression = { kind: 'hard' } } = config
  const scoreThreshold = Math.max(config.scoreThreshold, 0)
  if (suppression.kind !== 'hard') {
    const [proposals, classes] = [0, 1].map((axis) =>
      pick(nonZero(greater(transpose(scores, [1, 0]), scoreThreshold)), 0, axis),
    )
    const places = concat([unsqueeze(classes, 1), unsqueeze(proposals, 1)], 1)
    const [candidates, theirs] = [gatherND(boxes, places), gatherND(scores, places)]
    const left = softSuppress(candidates, theirs, classes, suppression, maxDetections)
    return { places: gather(places, left.indices), scores: left.scores }
  }
  const all = suppressPerClass(boxes, scores, {
    iouThreshold: nmsThreshold,
    dropsEqual: legacyBoxes,
    scoreThreshold,
    limit: maxDetections,
  })
  const places = byProposal(all, sizeOf(boxes, 0))
  const top = topK(gatherND(scores, places), sizeMin(sizeOf(places, 0), maxDetections))
  return { places: gather(places, top.indices), scores: top.values }
}

/** (class, proposal) pairs `[m, 2]` in the order of proposals, then classes: what decides between equal scores. */
function byProposal(
  kept: { readonly classes: Value<'int64'>; readonly indices: Value<'int64'> },
  classes: Size,
): Value<'int64'> {
  const flat = add(mul(kept.indices, sizes([classes])), kept.classes)
  const order = topK(flat, sizeOf(flat, 0), { largest: false }).indices
  const pairs = concat([unsqueeze(kept.classes, 1), unsqueeze(kept.indices, 1)], 1)
  return gather(pairs, order)
}
