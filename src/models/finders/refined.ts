/** Finds in two stages: a region proposal network, and a head that refines and classifies its boxes. */
import {
  type AnchorConfig,
  anchorCounts,
  anchorsPerCell,
  learningAnchors,
  levelAnchors,
  requireAnchors,
} from '../../detection/anchors.ts'
import { type BalancedSample, meanPositives, realRows } from '../../detection/balanced-sample.ts'
import type { BoxConvention } from '../../detection/box-coding.ts'
import type { FeatureMaps } from '../../detection/feature-map.ts'
import { regionFeatures } from '../../detection/multi-level-roi-align.ts'
import { type LevelPredictions, type Proposals, selectProposals } from '../../detection/proposals.ts'
import { selectDetections } from '../../detection/select-detections.ts'
import { at, within } from '../../graph/path.ts'
import type { Value } from '../../graph/value.ts'
import type { Scope } from '../../nn/scope.ts'
import { stopGradient } from '../../ops/elementwise.ts'
import { pick } from '../../ops/gather.ts'
import { concat, sizeOf } from '../../ops/layout.ts'
import type { RegionShape } from '../backbone.ts'
import type { Finder, Learned, NetworkInput } from '../detector.ts'
import { type BoxBranchConfig, type BoxPredictions, boxHead, boxLosses, boxPredictor } from '../heads/box.ts'
import {
  flattenRpnMaps,
  type ProposalLimits,
  type RpnConfig,
  rpnHead,
  rpnHeadAt,
  rpnLosses,
} from '../heads/rpn.ts'
import { joinImages } from '../joined-images.ts'
import { ROI_PRIORITY, type SampledRois, sampleRois, tapRois } from '../sampled-rois.ts'
import { type Draws, drawn, truthsOf } from '../training-batch.ts'

export interface RefinedConfig extends BoxConvention {
  /** With the background. */
  readonly numClasses: number
  readonly anchors: AnchorConfig
  readonly rpn: RpnConfig
  readonly box: BoxBranchConfig
}

/** Name of the random numbers that say which anchors are sampled. */
export const RPN_PRIORITY = 'rpn_priority'

/** Two priorities an image: of its anchors, and of its proposals and ground truth. Throws `ConfigError` for anchors that do not fit the maps. */
export function refinedDraws({ anchors, rpn }: RefinedConfig, strides: readonly number[]): Draws {
  requireAnchors(anchors, strides)
  return {
    [RPN_PRIORITY]: (size) => anchorCounts(anchors, strides, size).reduce((sum, level) => sum + level),
    [ROI_PRIORITY]: ({ instances }) => rpn.training.postNmsTopN + instances,
  }
}

/**
 * Faster R-CNN's finder (Ren et al. 2015) on maps of `channels` and regions of them, torchvision's names, order of events and losses.
 */
export function refined(scope: Scope, channels: number, regions: RegionShape, config: RefinedConfig): Finder {
  const { anchors, rpn, box, numClasses, legacyBoxes } = config
  const [perCell] = anchorsPerCell(anchors)
  const rpnScope = scope.child('rpn.head')
  const rpnOnMaps = rpnHead(rpnScope, channels, perCell, rpn.head)
  const heads = scope.child('roi_heads')
  const side = regions.side(box.pooling.outputSize)
  const head = boxHead(heads.child('box_head'), regions.channels, side, box.head)
  const toBoxes = boxPredictor(heads.child('box_predictor'), head.width, numClasses, box)

  const predictLevels = ({ all }: FeatureMaps, images: Value<'float32'>): LevelPredictions[] =>
    at('rpn', () => {
      const maps = all.map(({ value }) => rpnOnMaps(value))
      const image = { height: sizeOf(images, 2), width: sizeOf(images, 3) }
      const boxes = levelAnchors(anchors, all, image, { legacyBoxes })
      for (const [i, { objectness, deltas }] of maps.entries()) {
        scope.tap(`rpn.objectness.${i}`, objectness)
        scope.tap(`rpn.deltas.${i}`, deltas)
      }
      return maps.map((level, i) => ({ ...flattenRpnMaps(level), anchors: boxes[i] }))
    })
  const propose = (levels: readonly LevelPredictions[], sizes: Value<'float32'>, limits: ProposalLimits) => {
    const { nmsThreshold, scoreThreshold } = rpn
    const options = { ...limits, nmsThreshold, scoreThreshold, legacyBoxes }
    return within('rpn', () => selectProposals(levels, sizes, options))
  }
  const pool = (maps: FeatureMaps, boxes: Value<'float32'>, images: Value<'int64'>) =>
    at('roi_heads.box_roi_pool', () => regionFeatures(maps, boxes, images, box.pooling))
  const predictBoxes = (pooled: Value<'float32'>): BoxPredictions => {
    const features = head.layer(pooled)
    const predictions = toBoxes(features)
    const { logits, deltas } = predictions
    const taps = { pooled, head: features, logits, deltas }
    for (const [name, value] of Object.entries(taps)) scope.tap(`box.${name}`, value)
    return predictions
  }

  return {
    detect(maps, { images, sizes }: NetworkInput) {
      const proposals = propose(predictLevels(maps, images), sizes, rpn.inference)
      for (const [i, proposal] of proposals.entries()) {
        scope.tap(`proposals.${i}`, proposal.boxes)
        scope.tap(`proposal_scores.${i}`, proposal.scores)
      }
      const joined = joinImages(proposals)
      const { logits, deltas } = predictBoxes(pool(maps, joined.boxes, joined.images))
      return within('roi_heads', () =>
        proposals.map((proposal, i) => {
          const predictions = { logits: joined.of(logits, i), deltas: joined.of(deltas, i) }
          const options = { ...box, legacyBoxes }
          const detections = selectDetections(predictions, proposal.boxes, pick(sizes, 0, i), options)
          return { ...detections, proposalFloor: proposal.floor }
        }),
      )
    },
    learn(maps, batch): Learned {
      const levels = predictLevels(maps, batch.images)
      const rpnAtAnchors = rpnHeadAt(rpnScope, channels, perCell, rpn.head)
      const proposals = propose(levels.map(withoutGradient), batch.imageSizes, rpn.training)
      const truths = truthsOf(batch)
      const allAnchors = concat(
        levels.map((level) => level.anchors),
        0,
      )
      const values = maps.all.map(({ value }) => value)
      const first = within('rpn.loss', () =>
        rpnLosses(
          allAnchors,
          (chosen) => rpnAtAnchors(values, chosen),
          truths,
          drawn(batch, RPN_PRIORITY),
          rpn.targets,
          (image) => learningAnchors(allAnchors, pick(batch.imageSizes, 0, image), { legacyBoxes }),
        ),
      )
      const options = { ...box.targets, weights: box.boxWeights }
      const rois = within('roi_heads.targets', () =>
        sampleRois(truths, proposals, drawn(batch, ROI_PRIORITY), options),
      )
      const predicted = predictBoxes(sampledRegions(maps, rois, pool))
      const second = within('roi_heads.loss', () => boxLosses(predicted.logits, predicted.deltas, rois))
      tapTargets(scope, proposals, first.targets, rois)
      return {
        losses: {
          loss_objectness: first.objectness,
          loss_rpn_box_reg: first.boxes,
          loss_classifier: second.classes,
          loss_box_reg: second.boxes,
        },
        metrics: { rpn_positives: meanPositives(first.targets), roi_positives: meanPositives(rois.targets) },
        rois,
      }
    },
  }
}

type Pool = (maps: FeatureMaps, boxes: Value<'float32'>, images: Value<'int64'>) => Value<'float32'>

/** Features of the positives, then of the negatives. Where heads share layers the positives go through by themselves, as others want them. */
function sampledRegions(maps: FeatureMaps, rois: SampledRois, pool: Pool): Value<'float32'> {
  const { positiveBoxes, positiveImages, negativeBoxes, negativeImages } = rois
  if (!maps.shared) {
    return pool(maps, concat([positiveBoxes, negativeBoxes], 0), concat([positiveImages, negativeImages], 0))
  }
  return concat([pool(maps, positiveBoxes, positiveImages), pool(maps, negativeBoxes, negativeImages)], 0)
}

function withoutGradient({ objectness, deltas, anchors }: LevelPredictions): LevelPredictions {
  return { anchors, objectness: stopGradient(objectness), deltas: stopGradient(deltas) }
}

function tapTargets(
  scope: Scope,
  proposals: readonly Proposals[],
  first: readonly BalancedSample[],
  rois: SampledRois,
): void {
  for (const [i, { boxes }] of proposals.entries()) {
    scope.tap(`rpn_proposals.${i}`, boxes)
    scope.tap(`rpn_sampled_pos.${i}`, realRows(first[i].positive, first[i]))
    scope.tap(`rpn_sampled_neg.${i}`, first[i].negative)
  }
  tapRois(scope, rois)
}
