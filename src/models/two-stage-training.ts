import { anchorCounts, anchorsPerCell } from '../detection/anchors.ts'
import { selectProposals } from '../detection/proposals.ts'
import { within } from '../graph/path.ts'
import type { Scope } from '../nn/scope.ts'
import { stopGradient } from '../ops/elementwise.ts'
import { concat } from '../ops/layout.ts'
import { rpnHeadAt } from './heads/rpn-samples.ts'
import type { ModelLosses, Trainable, TrainingBatch } from './training-batch.ts'
import type { MaskBranchConfig, TwoStageConfig } from './two-stage-config.ts'
import { ROI_PRIORITY, RPN_PRIORITY, twoStageLosses } from './two-stage-losses.ts'
import { twoStageNetwork } from './two-stage-network.ts'

type TrainingConfig = TwoStageConfig & { readonly mask?: MaskBranchConfig }

/** Faster or Mask R-CNN as training sees it. */
export function twoStageTraining(config: TrainingConfig): Trainable {
  const { anchors, rpn, transform, mask } = config
  return {
    transform,
    learnsMasks: mask !== undefined,
    losses: (scope, batch) => lossesOfBatch(scope, config, batch),
    randomInputs: ({ images, height, width, instances }) => {
      const count = anchorCounts(anchors, { height, width }).reduce((sum, level) => sum + level)
      return {
        [RPN_PRIORITY]: [images, count],
        [ROI_PRIORITY]: [images, rpn.training.postNmsTopN + instances],
      }
    },
  }
}

function lossesOfBatch(scope: Scope, config: TrainingConfig, batch: TrainingBatch): ModelLosses {
  const network = twoStageNetwork(scope, config)
  const [perCell] = anchorsPerCell(config.anchors)
  const head = scope.child('rpn.head')
  const anchorsAt = rpnHeadAt(head, config.fpn.channels, perCell, config.rpn.head)
  const features = network.features(batch.images)
  const { levels } = network.proposals(features, batch.images)
  const { training, nmsThreshold, scoreThreshold, targets } = config.rpn
  const proposals = within('rpn', () =>
    selectProposals(
      levels.map(({ objectness, deltas, anchors }) => ({
        anchors,
        objectness: stopGradient(objectness),
        deltas: stopGradient(deltas),
      })),
      batch.imageSizes,
      { ...training, nmsThreshold, scoreThreshold },
    ),
  )
  const { boxes, masks } = network
  return twoStageLosses(
    {
      anchors: concat(
        levels.map((level) => level.anchors),
        0,
      ),
      predict: (chosen) => anchorsAt(features.pyramid, chosen),
      proposals,
      boxes: (rois, images) => boxes(features, rois, images),
      masks: masks && ((rois, images) => masks(features, rois, images).logits),
    },
    batch,
    { rpn: targets, roi: { ...config.box.targets, weights: config.box.boxWeights } },
  )
}
