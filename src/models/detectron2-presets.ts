/** Models of detectron2's zoo as its configurations have them, by the names of these without the length of the training. */
import { type AnchorConfig, PYRAMID_ANCHORS } from '../detection/anchors.ts'
import type { RoiPoolingConfig } from '../detection/multi-level-roi-align.ts'
import { DEFAULT_TRANSFORM, type TransformConfig } from '../detection/transform.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import type { BodyConfig } from './bodies/bodies.ts'
import type { FasterRcnnConfig } from './faster-rcnn.ts'
import { KEYPOINT_DEFAULTS } from './heads/keypoint.ts'
import { MASK_DEFAULTS } from './heads/mask.ts'
import { RETINA_DEFAULTS } from './heads/retina.ts'
import type { KeypointRcnnConfig } from './keypoint-rcnn.ts'
import type { MaskRcnnConfig } from './mask-rcnn.ts'
import type { RetinaNetConfig } from './retinanet.ts'
import { C4_DEFAULTS, C4_MASK, TWO_STAGE_DEFAULTS, type TwoStageSettings } from './two-stage.ts'

const MEAN = [123.675, 116.28, 103.53]
/** Colours of the bodies that were trained in Caffe2 are only shifted; those of ResNeXt are scaled too. */
const BYTES = [1, 1, 1]
const STRAY = [58.395, 57.12, 57.375]

/** Regions half a pixel from where torchvision has them, with as many samples as they are large. */
function exactly(outputSize: number): RoiPoolingConfig {
  return { outputSize, samplingRatio: 0, aligned: true }
}

function transformOf(std: readonly number[]): TransformConfig {
  const scaled = (bytes: readonly number[]) => bytes.map((byte) => byte / 255)
  return { ...DEFAULT_TRANSFORM, mean: scaled(MEAN), std: scaled(std) }
}

interface Zoo {
  readonly backbone: BodyConfig
  readonly std: readonly number[]
}

const R_50: Zoo = { backbone: { name: 'resnet50', norm: FROZEN_BATCH_NORM, strideIn: '1x1' }, std: BYTES }
const R_101: Zoo = { backbone: { name: 'resnet101', norm: FROZEN_BATCH_NORM, strideIn: '1x1' }, std: BYTES }
const X_101: Zoo = { backbone: { name: 'resnext101_32x8d', norm: FROZEN_BATCH_NORM }, std: STRAY }

function exactAnchors(anchors: AnchorConfig): AnchorConfig {
  return { ...anchors, exact: true }
}

function twoStages({ backbone, std }: Zoo): TwoStageSettings {
  return {
    ...TWO_STAGE_DEFAULTS,
    backbone,
    anchors: exactAnchors(PYRAMID_ANCHORS),
    box: { ...TWO_STAGE_DEFAULTS.box, pooling: exactly(7) },
    transform: transformOf(std),
  }
}

/** On a single map, of images that are not padded. */
const C4: TwoStageSettings = {
  ...C4_DEFAULTS,
  anchors: exactAnchors(C4_DEFAULTS.anchors),
  transform: { ...transformOf(BYTES), sizeDivisible: 1 },
}

/** 81 classes are COCO's with background. */
function fasterRcnn(settings: TwoStageSettings) {
  return (numClasses = 81): FasterRcnnConfig => ({ model: 'faster-rcnn', numClasses, ...settings })
}

function maskRcnn(settings: TwoStageSettings, mask = { ...MASK_DEFAULTS, pooling: exactly(14) }) {
  return (numClasses = 81): MaskRcnnConfig => ({
    model: 'mask-rcnn',
    numClasses,
    ...settings,
    mask: { ...mask, pasting: 'exact' },
  })
}

/** Scores of keypoints are torchvision's logits, where detectron2 gives shares of the heatmap. */
function keypointRcnn(settings: TwoStageSettings) {
  return (numClasses = 2, numKeypoints = 17): KeypointRcnnConfig => ({
    model: 'keypoint-rcnn',
    numClasses,
    numKeypoints,
    ...settings,
    keypoint: { ...KEYPOINT_DEFAULTS, pooling: exactly(14) },
  })
}

/** Three sizes to an octave, as they are. */
const RETINA_SIZES = [32, 64, 128, 256, 512].map((size) => [0, 1, 2].map((third) => size * 2 ** (third / 3)))

function retinaNet({ backbone, std }: Zoo) {
  return (numClasses = 81): RetinaNetConfig => ({
    model: 'retinanet',
    numClasses,
    backbone,
    fpn: { channels: 256, extra: { kind: 'conv', of: 'C5' } },
    anchors: { sizes: RETINA_SIZES, aspectRatios: RETINA_SIZES.map(() => [0.5, 1, 2]), exact: true },
    retina: { ...RETINA_DEFAULTS, maxDetections: 100, clips: false },
    transform: transformOf(std),
  })
}

export const DETECTRON2_PRESETS = {
  faster_rcnn_R_50_C4: fasterRcnn(C4),
  faster_rcnn_R_50_FPN: fasterRcnn(twoStages(R_50)),
  faster_rcnn_R_101_FPN: fasterRcnn(twoStages(R_101)),
  faster_rcnn_X_101_32x8d_FPN: fasterRcnn(twoStages(X_101)),
  mask_rcnn_R_50_C4: maskRcnn(C4, C4_MASK),
  mask_rcnn_R_50_FPN: maskRcnn(twoStages(R_50)),
  mask_rcnn_R_101_FPN: maskRcnn(twoStages(R_101)),
  mask_rcnn_X_101_32x8d_FPN: maskRcnn(twoStages(X_101)),
  keypoint_rcnn_R_50_FPN: keypointRcnn(twoStages(R_50)),
  keypoint_rcnn_R_101_FPN: keypointRcnn(twoStages(R_101)),
  keypoint_rcnn_X_101_32x8d_FPN: keypointRcnn(twoStages(X_101)),
  retinanet_R_50_FPN: retinaNet(R_50),
  retinanet_R_101_FPN: retinaNet(R_101),
}
