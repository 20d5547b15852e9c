import { BATCH_NORM, FROZEN_BATCH_NORM } from '../nn/norm.ts'
import type { ModelConfig } from './catalogue.ts'
import { CENTERMASK_PRESETS } from './centermask-presets.ts'
import { DETECTRON2_PRESETS } from './detectron2-presets.ts'
import type { FasterRcnnConfig } from './faster-rcnn.ts'
import type { FcosConfig } from './fcos.ts'
import { FCOS_DEFAULTS } from './heads/fcos.ts'
import { KEYPOINT_DEFAULTS } from './heads/keypoint.ts'
import { MASK_DEFAULTS, MASK_V2_DEFAULTS } from './heads/mask.ts'
import { MASK_IOU_DEFAULTS } from './heads/mask-iou.ts'
import { RETINA_ANCHORS, RETINA_DEFAULTS, RETINA_V2_DEFAULTS } from './heads/retina.ts'
import type { KeypointRcnnConfig } from './keypoint-rcnn.ts'
import type { MaskRcnnConfig } from './mask-rcnn.ts'
import type { MaskScoringRcnnConfig } from './mask-scoring-rcnn.ts'
import { ONE_STAGE_DEFAULTS } from './one-stage.ts'
import type { RetinaNetConfig } from './retinanet.ts'
import { C4_DEFAULTS, C4_MASK, TWO_STAGE_DEFAULTS, TWO_STAGE_V2_DEFAULTS } from './two-stage.ts'

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

/** Faster R-CNN with a ResNet-50 without pyramid (Ren et al. 2015, He et al. 2015), Detectron's R-50-C4. */
export function fasterRcnnResnet50C4(numClasses = 91): FasterRcnnConfig {
  return { model: 'faster-rcnn', numClasses, ...C4_DEFAULTS }
}

/** Mask R-CNN with a ResNet-50 without pyramid (He et al. 2017), Detectron's R-50-C4. */
export function maskRcnnResnet50C4(numClasses = 91): MaskRcnnConfig {
  return { model: 'mask-rcnn', numClasses, ...C4_DEFAULTS, mask: C4_MASK }
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

/** Bytes of the mean colour, red first, which is all that the publication's pictures are normalised by. */
const CAFFE_MEAN = [122.7717, 115.9465, 102.9801]

/**
 * `e2e_ms_rcnn_R_50_FPN_1x` of the original publication (Huang et al. 2019): its boxes, its residual network as Caffe2's, and
 * its colours; 81 classes are COCO's with background.
 */
export function maskScoringRcnnResnet50Fpn(numClasses = 81): MaskScoringRcnnConfig {
  return {
    model: 'mask-scoring-rcnn',
    numClasses,
    ...TWO_STAGE_DEFAULTS,
    backbone: { name: 'resnet50', norm: { kind: 'frozenBatchNorm', epsilon: 0 }, strideIn: '1x1' },
    transform: {
      ...TWO_STAGE_DEFAULTS.transform,
      mean: CAFFE_MEAN.map((byte) => byte / 255),
      std: [1 / 255, 1 / 255, 1 / 255],
    },
    legacyBoxes: true,
    mask: MASK_DEFAULTS,
    maskIou: MASK_IOU_DEFAULTS,
  }
}

/** torchvision's `retinanet_resnet50_fpn`; 91 classes are COCO's with background. */
export function retinanetResnet50Fpn(numClasses = 91): RetinaNetConfig {
  return {
    model: 'retinanet',
    numClasses,
    ...ONE_STAGE_DEFAULTS,
    anchors: RETINA_ANCHORS,
    retina: RETINA_DEFAULTS,
  }
}

/** torchvision's `retinanet_resnet50_fpn_v2`: P6 of C5 as in the paper, norms in the head, boxes learned by their overlap. */
export function retinanetResnet50FpnV2(numClasses = 91): RetinaNetConfig {
  return {
    ...retinanetResnet50Fpn(numClasses),
    backbone: { name: 'resnet50', norm: BATCH_NORM },
    fpn: { channels: 256, extra: { kind: 'conv', of: 'C5' } },
    retina: RETINA_V2_DEFAULTS,
  }
}

/** torchvision's `fcos_resnet50_fpn`; 91 classes are COCO's with background. */
export function fcosResnet50Fpn(numClasses = 91): FcosConfig {
  return { model: 'fcos', numClasses, ...ONE_STAGE_DEFAULTS, fcos: FCOS_DEFAULTS }
}

/** Configurations by the names torchvision gives them, and by those of other publications where it has none. */
const TABLE = {
  keypointrcnn_resnet50_fpn: keypointRcnnResnet50Fpn,
  fasterrcnn_resnet50_fpn: fasterRcnnResnet50Fpn,
  fasterrcnn_resnet50_fpn_v2: fasterRcnnResnet50FpnV2,
  fasterrcnn_mobilenet_v3_large_fpn: fasterRcnnMobilenetV3LargeFpn,
  fasterrcnn_mobilenet_v3_large_320_fpn: fasterRcnnMobilenetV3Large320Fpn,
  fasterrcnn_resnet50_c4: fasterRcnnResnet50C4,
  maskrcnn_resnet50_c4: maskRcnnResnet50C4,
  maskrcnn_resnet50_fpn: maskRcnnResnet50Fpn,
  maskrcnn_resnet50_fpn_v2: maskRcnnResnet50FpnV2,
  e2e_ms_rcnn_R_50_FPN_1x: maskScoringRcnnResnet50Fpn,
  retinanet_resnet50_fpn: retinanetResnet50Fpn,
  retinanet_resnet50_fpn_v2: retinanetResnet50FpnV2,
  fcos_resnet50_fpn: fcosResnet50Fpn,
  ...CENTERMASK_PRESETS,
  ...DETECTRON2_PRESETS,
}

export const PRESETS: Readonly<Record<string, (numClasses?: number) => ModelConfig>> = TABLE

/** Names of the presets of one model. */
export type PresetOf<N extends ModelConfig['model']> = {
  readonly [P in keyof typeof TABLE]: ReturnType<(typeof TABLE)[P]> extends { readonly model: N } ? P : never
}[keyof typeof TABLE]

/** Names of the presets of one model. */
export function presetsOf(model: string): string[] {
  return Object.keys(PRESETS).filter((name) => PRESETS[name]().model === model)
}
