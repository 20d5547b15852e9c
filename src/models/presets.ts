import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
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

/** torchvision's `fasterrcnn_mobilenet_v3_large_fpn`: two maps of stride 32 and one of 64, 15 anchors in every cell. */
export function fasterRcnnMobilenetV3LargeFpn(numClasses = 91): FasterRcnnConfig {
  const { rpn } = TWO_STAGE_DEFAULTS
  return {
    model: 'faster-rcnn',
    numClasses,
    ...TWO_STAGE_DEFAULTS,
    backbone: { name: 'mobilenet_v3_large', norm: FROZEN_BATCH_NORM },
    anchors: {
      sizes: Array.from({ length: 3 }, () => [32, 64, 128, 256, 512]),
      aspectRatios: Array.from({ length: 3 }, () => [0.5, 1, 2]),
    },
    rpn: { ...rpn, scoreThreshold: 0.05 },
  }
}

/** torchvision's `fasterrcnn_mobilenet_v3_large_320_fpn`: the same on small images, with few proposals. */
export function fasterRcnnMobilenetV3Large320Fpn(numClasses = 91): FasterRcnnConfig {
  const large = fasterRcnnMobilenetV3LargeFpn(numClasses)
  return {
    ...large,
    rpn: { ...large.rpn, inference: { preNmsTopN: 150, postNmsTopN: 150 } },
    transform: { ...large.transform, resize: { kind: 'shortest-side', minSize: 320, maxSize: 640 } },
  }
}

/** torchvision's `keypointrcnn_resnet50_fpn`; its 2 classes are background and people, who have 17 keypoints. */
export function keypointRcnnResnet50Fpn(numClasses = 2, numKeypoints = 17): KeypointRcnnConfig {
  return {
    model: 'keypoint-rcnn',
    numClasses,
    numKeypoints,
    ...TWO_STAGE_DEFAULTS,
    keypoint: KEYPOINT_DEFAULTS,
  }
}

/** Configurations by the names torchvision gives them. */
export const PRESETS: Readonly<Record<string, (numClasses?: number) => ModelConfig>> = {
  keypointrcnn_resnet50_fpn: keypointRcnnResnet50Fpn,
  fasterrcnn_resnet50_fpn: fasterRcnnResnet50Fpn,
  fasterrcnn_resnet50_fpn_v2: fasterRcnnResnet50FpnV2,
  fasterrcnn_mobilenet_v3_large_fpn: fasterRcnnMobilenetV3LargeFpn,
  fasterrcnn_mobilenet_v3_large_320_fpn: fasterRcnnMobilenetV3Large320Fpn,
  maskrcnn_resnet50_fpn: maskRcnnResnet50Fpn,
  maskrcnn_resnet50_fpn_v2: maskRcnnResnet50FpnV2,
}
