import type { ModelConfig } from './catalogue.ts'
import type { FasterRcnnConfig } from './faster-rcnn.ts'
import { KEYPOINT_DEFAULTS } from './heads/keypoint.ts'
import { MASK_DEFAULTS, MASK_V2_DEFAULTS } from './heads/mask.ts'
import type { KeypointRcnnConfig } from './keypoint-rcnn.ts'
import type { MaskRcnnConfig } from './mask-rcnn.ts'
import { TWO_STAGE_DEFAULTS, TWO_STAGE_V2_DEFAULTS } from './two-stage.ts'

/** torchvision's `fasterrcnn_resnet50_fpn`; 91 classes are COCO's with background. */
export function fasterRcnnResnet50Fpn(numClasses = 91): FasterRcnnConfig {
  return { model: 'faster-rcnn', numClasses, ...TWO_STAGE_DEFAULTS }
}

/** torchvision's `maskrcnn_resnet50_fpn`. */
export function maskRcnnResnet50Fpn(numClasses = 91): MaskRcnnConfig {
  return { model: 'mask-rcnn', numClasses, ...TWO_STAGE_DEFAULTS, mask: MASK_DEFAULTS }
}

/** torchvision's `fasterrcnn_resnet50_fpn_v2`: norms in pyramid and head, deeper heads (Li et al. 2021). */
export function fasterRcnnResnet50FpnV2(numClasses = 91): FasterRcnnConfig {
  return { model: 'faster-rcnn', numClasses, ...TWO_STAGE_V2_DEFAULTS }
}

/** torchvision's `maskrcnn_resnet50_fpn_v2`. */
export function maskRcnnResnet50FpnV2(numClasses = 91): MaskRcnnConfig {
  return { model: 'mask-rcnn', numClasses, ...TWO_STAGE_V2_DEFAULTS, mask: MASK_V2_DEFAULTS }
}

/** torchvision's `keypointrcnn_resnet50_fpn`; its 2 classes are people and background. */
export function keypointRcnnResnet50Fpn(numClasses = 2): KeypointRcnnConfig {
  return { model: 'keypoint-rcnn', numClasses, ...TWO_STAGE_DEFAULTS, keypoint: KEYPOINT_DEFAULTS }
}

/** Configurations by the names torchvision gives them. */
export const PRESETS: Readonly<Record<string, (numClasses?: number) => ModelConfig>> = {
  keypointrcnn_resnet50_fpn: keypointRcnnResnet50Fpn,
  fasterrcnn_resnet50_fpn: fasterRcnnResnet50Fpn,
  fasterrcnn_resnet50_fpn_v2: fasterRcnnResnet50FpnV2,
  maskrcnn_resnet50_fpn: maskRcnnResnet50Fpn,
  maskrcnn_resnet50_fpn_v2: maskRcnnResnet50FpnV2,
}
