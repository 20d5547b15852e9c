import type { ModelConfig } from './two-stage-config.ts'
import {
  type FasterRcnnConfig,
  KEYPOINT_BRANCH_DEFAULTS,
  type KeypointRcnnConfig,
  MASK_BRANCH_DEFAULTS,
  MASK_BRANCH_V2_DEFAULTS,
  type MaskRcnnConfig,
  TWO_STAGE_DEFAULTS,
  TWO_STAGE_V2_DEFAULTS,
} from './two-stage-config.ts'

/** torchvision's `fasterrcnn_resnet50_fpn`; 91 classes are COCO's with background. */
export function fasterRcnnResnet50Fpn(numClasses = 91): FasterRcnnConfig {
  return { model: 'faster-rcnn', numClasses, ...TWO_STAGE_DEFAULTS }
}

/** torchvision's `maskrcnn_resnet50_fpn`. */
export function maskRcnnResnet50Fpn(numClasses = 91): MaskRcnnConfig {
  return { model: 'mask-rcnn', numClasses, ...TWO_STAGE_DEFAULTS, mask: MASK_BRANCH_DEFAULTS }
}

/** torchvision's `fasterrcnn_resnet50_fpn_v2`: norms in pyramid and head, deeper heads (Li et al. 2021). */
export function fasterRcnnResnet50FpnV2(numClasses = 91): FasterRcnnConfig {
  return { model: 'faster-rcnn', numClasses, ...TWO_STAGE_V2_DEFAULTS }
}

/** torchvision's `maskrcnn_resnet50_fpn_v2`. */
export function maskRcnnResnet50FpnV2(numClasses = 91): MaskRcnnConfig {
  return { model: 'mask-rcnn', numClasses, ...TWO_STAGE_V2_DEFAULTS, mask: MASK_BRANCH_V2_DEFAULTS }
}

/** torchvision's `keypointrcnn_resnet50_fpn`; its 2 classes are people and background. */
export function keypointRcnnResnet50Fpn(numClasses = 2): KeypointRcnnConfig {
  return { model: 'keypoint-rcnn', numClasses, ...TWO_STAGE_DEFAULTS, keypoint: KEYPOINT_BRANCH_DEFAULTS }
}

/** Configurations by the names torchvision gives them. */
export const PRESETS: Readonly<Record<string, (numClasses?: number) => ModelConfig | KeypointRcnnConfig>> = {
  keypointrcnn_resnet50_fpn: keypointRcnnResnet50Fpn,
  fasterrcnn_resnet50_fpn: fasterRcnnResnet50Fpn,
  fasterrcnn_resnet50_fpn_v2: fasterRcnnResnet50FpnV2,
  maskrcnn_resnet50_fpn: maskRcnnResnet50Fpn,
  maskrcnn_resnet50_fpn_v2: maskRcnnResnet50FpnV2,
}
