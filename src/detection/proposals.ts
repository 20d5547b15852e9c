import { ShapeError } from '../errors.ts'
import { formatShape } from '../graph/dim.ts'
import type { Value } from '../graph/value.ts'
import { and, greaterOrEqual, sigmoid } from '../ops/elementwise.ts'
import { gather, gatherND, nonZero, pick } from '../ops/gather.ts'
import { concat, reshape, sizeMin, sizeOf, squeeze, unsqueeze } from '../ops/layout.ts'
import { topK } from '../ops/select.ts'
import { type BoxConvention, type BoxWeights, boxSides, clipBoxes, decodeBoxes } from './box-coding.ts'
import { floorOf, lastOf } from './limit-floor.ts'
import { suppress } from './suppress.ts'

/** What a region proposal head says about one pyramid level: A anchors in the order of `levelAnchors`. */
export interface LevelPredictions {
  /** Logits `[N, A]`. */
  readonly objectness: Value<'float32'>
  /** `[N, A, 4]`. */
  readonly deltas: Value<'float32'>
  /** `[A, 4]`. */
  readonly anchors: Value<'float32'>
}

export interface ProposalConfig extends BoxConvention {
  /** Best anchors of each level that are decoded. */
  readonly preNmsTopN: number
  /** Proposals an image has at most, over all levels. */
  readonly postNmsTopN: number
  readonly nmsThreshold: number
  /** On the probability; at least this. */
  readonly scoreThreshold: number
}

/** Proposals of one image, by falling score. */
export interface Proposals {
  /** `[P, 4]`, clipped to the image. */
  readonly boxes: Value<'float32'>
  /** Probabilities `[P]`. */
  readonly scores: Value<'float32'>
}

/** Proposals, and whether the limits left out any that mattered. */
export interface LimitedProposals extends Proposals {
  /** Float32 `[1]`: see `floorOf`, of the limits of levels and of all. */
  readonly floor: Value<'float32'>
}

const PROPOSAL_WEIGHTS: BoxWeights = [1, 1, 1, 1]
const MIN_SIDE = 1e-3

/**
 * Proposals of each of N images (Ren et al. 2015; torchvision's order of events): per level the best anchors by logit,
 * decoded, clipped, small and unlikely ones dropped, suppressed within the level, then the best over all levels. An
 * image may end with none. `imageSizes` is float32 `[N, 2]`: height and width without padding.
 */
export function selectProposals(
  levels: readonly LevelPredictions[],
  imageSizes: Value<'float32'>,
  config: ProposalConfig,
): LimitedProposals[] {
  const images = levels[0].objectness.shape[0]
  if (typeof images !== 'number') {
    throw new ShapeError('the number of images must be known to select proposals', {
      got: formatShape(levels[0].objectness.shape),
    })
  }
  const best = levels.map((level) => bestOfLevel(level, config.preNmsTopN))
  return Array.from({ length: images }, (_, image) => {
    const size = pick(imageSizes, 0, image)
    const kept = best.map(({ boxes, scores }) =>
      keptOfLevel(clipBoxes(pick(boxes, 0, image), size, config), pick(scores, 0, image), config),
    )
    const boxes = concat(
      kept.map((level) => level.boxes),
      0,
    )
    const scores = concat(
      kept.map((level) => level.scores),
      0,
    )
    const top = topK(scores, sizeMin(sizeOf(scores, 0), config.postNmsTopN))
    const floor = floorOf([
      ...best.map((level) => lastOf(pick(level.scores, 0, image), config.preNmsTopN)),
      lastOf(top.values, config.postNmsTopN),
    ])
    return { boxes: gather(boxes, top.indices), scores: top.values, floor }
  })
}

/** The anchors of highest logit, decoded: boxes `[N, k, 4]` and probabilities `[N, k]`. */
function bestOfLevel({ objectness, deltas, anchors }: LevelPredictions, preNmsTopN: number) {
  const { values, indices } = topK(objectness, sizeMin(sizeOf(objectness, 1), preNmsTopN), { axis: 1 })
  const chosenDeltas = gatherND(deltas, unsqueeze(indices, 2), 1)
  const boxes = decodeBoxes(chosenDeltas, gather(anchors, indices), PROPOSAL_WEIGHTS)
  return { boxes, scores: sigmoid(values) }
}

function keptOfLevel(boxes: Value<'float32'>, scores: Value<'float32'>, config: ProposalConfig): Proposals {
  const count = sizeOf(scores, 0)
  const { width, height } = boxSides(boxes)
  const least = config.legacyBoxes ? 0 : MIN_SIDE
  const large = reshape(and(greaterOrEqual(width, least), greaterOrEqual(height, least)), [count])
  const wanted = config.scoreThreshold > 0 ? and(large, greaterOrEqual(scores, config.scoreThreshold)) : large
  const candidates = squeeze(nonZero(wanted), 0)
  const candidateBoxes = gather(boxes, candidates)
  const candidateScores = gather(scores, candidates)
  const kept = suppress(candidateBoxes, candidateScores, {
    iouThreshold: config.nmsThreshold,
    dropsEqual: config.legacyBoxes,
    limit: config.postNmsTopN,
  })
  return { boxes: gather(candidateBoxes, kept), scores: gather(candidateScores, kept) }
}
