import { ShapeError } from '../errors.ts'
import { formatShape } from '../graph/dim.ts'
import { constant, type Value } from '../graph/value.ts'
import { and, greaterOrEqual, sigmoid } from '../ops/elementwise.ts'
import { gather, gatherND, nonZero, pick } from '../ops/gather.ts'
import { concat, expand, reshape, sizeMin, sizeOf, squeeze, unsqueeze } from '../ops/layout.ts'
import { topK } from '../ops/select.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { int64 } from '../tensor/tensor.ts'
import { type BoxConvention, type BoxWeights, boxSides, clipBoxes, decodeBoxes } from './box-coding.ts'
import { floorOf, lastOf } from './limit-floor.ts'
import { suppressWithinClasses } from './suppress.ts'

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
 * decoded, clipped, small and unlikely ones dropped, suppressed within the level, then the best over all levels. After the choice of
 * the best the levels are one list. An image may end with none. `imageSizes` is float32 `[N, 2]`: height and width without padding.
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
  const all = <D extends Dtype>(of: (level: BestOfLevel) => Value<D>) => concat(best.map(of), 1)
  const boxes = decodeBoxes(
    all(({ deltas }) => deltas),
    all(({ anchors }) => anchors),
    PROPOSAL_WEIGHTS,
  )
  const scores = sigmoid(all(({ logits }) => logits))
  const levelOf = concat(
    best.map(({ logits }, level) => expand(constant(int64([level])), [sizeOf(logits, 1)])),
    0,
  )
  return Array.from({ length: images }, (_, image) => {
    const clipped = clipBoxes(pick(boxes, 0, image), pick(imageSizes, 0, image), config)
    const kept = keptOf(clipped, pick(scores, 0, image), levelOf, levels.length, config)
    const floor = floorOf([
      ...best.map(({ logits }) => sigmoid(lastOf(pick(logits, 0, image), config.preNmsTopN))),
      lastOf(kept.scores, config.postNmsTopN),
    ])
    return { ...kept, floor }
  })
}

type BestOfLevel = ReturnType<typeof bestOfLevel>

/** The anchors of highest logit: logits `[N, k]`, deltas and anchors `[N, k, 4]`. */
function bestOfLevel({ objectness, deltas, anchors }: LevelPredictions, preNmsTopN: number) {
  const { values, indices } = topK(objectness, sizeMin(sizeOf(objectness, 1), preNmsTopN), { axis: 1 })
  return {
    logits: values,
    deltas: gatherND(deltas, unsqueeze(indices, 2), 1),
    anchors: gather(anchors, indices),
  }
}

/** Of boxes `[n, 4]` on levels int64 `[n]` those that are large and likely enough and that no better one of their level suppresses. */
function keptOf(
  boxes: Value<'float32'>,
  scores: Value<'float32'>,
  levels: Value<'int64'>,
  levelCount: number,
  config: ProposalConfig,
): Proposals {
  const count = sizeOf(scores, 0)
  const { width, height } = boxSides(boxes)
  const least = config.legacyBoxes ? 0 : MIN_SIDE
  const large = reshape(and(greaterOrEqual(width, least), greaterOrEqual(height, least)), [count])
  const wanted = config.scoreThreshold > 0 ? and(large, greaterOrEqual(scores, config.scoreThreshold)) : large
  const candidates = squeeze(nonZero(wanted), 0)
  const candidateBoxes = gather(boxes, candidates)
  const kept = suppressWithinClasses(candidateBoxes, gather(scores, candidates), gather(levels, candidates), {
    classCount: levelCount,
    iouThreshold: config.nmsThreshold,
    dropsEqual: config.legacyBoxes,
    limit: config.postNmsTopN,
  })
  return { boxes: gather(candidateBoxes, kept.indices), scores: kept.scores }
}
