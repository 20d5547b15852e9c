/** What thin Mask and Keypoint R-CNNs that are trained in tests have in common: 8 channels in the pyramid, norms that learn. */
import { TWO_STAGE_DEFAULTS } from '../src/models/two-stage.ts'
import { BATCH_NORM } from '../src/nn/norm.ts'

export const THIN_TWO_STAGE = {
  ...TWO_STAGE_DEFAULTS,
  backbone: { name: 'resnet18', norm: BATCH_NORM, stemWidth: 8 },
  fpn: { channels: 8 },
  anchors: { ...TWO_STAGE_DEFAULTS.anchors, sizes: [[8], [16], [32], [64], [128]] },
  rpn: {
    ...TWO_STAGE_DEFAULTS.rpn,
    training: { preNmsTopN: 50, postNmsTopN: 30 },
    targets: { ...TWO_STAGE_DEFAULTS.rpn.targets, size: 32 },
  },
  box: {
    ...TWO_STAGE_DEFAULTS.box,
    head: { kind: 'mlp', width: 32 },
    targets: { ...TWO_STAGE_DEFAULTS.box.targets, size: 16 },
  },
} as const
