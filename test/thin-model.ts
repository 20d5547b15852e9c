import { DEFAULT_TRANSFORM } from '../src/detection/transform.ts'
import { input } from '../src/graph/value.ts'
import { buildModel, type ModelConfig } from '../src/models/catalogue.ts'
import type { CenterMaskConfig } from '../src/models/centermask.ts'
import { CENTERMASK_PRESETS } from '../src/models/centermask-presets.ts'
import { FASTER_RCNN } from '../src/models/faster-rcnn.ts'
import { FCOS_DEFAULTS } from '../src/models/heads/fcos.ts'
import { KEYPOINT_DEFAULTS } from '../src/models/heads/keypoint.ts'
import { RETINA_ANCHORS, RETINA_DEFAULTS } from '../src/models/heads/retina.ts'
import type { KeypointRcnnConfig } from '../src/models/keypoint-rcnn.ts'
import type { MaskRcnnConfig } from '../src/models/mask-rcnn.ts'
import { encodeModelFile } from '../src/models/model-file.ts'
import type { ModelMetadata } from '../src/models/model-metadata.ts'
import { ONE_STAGE_DEFAULTS } from '../src/models/one-stage.ts'
import { maskRcnnResnet50Fpn } from '../src/models/presets.ts'
import { TWO_STAGE_DEFAULTS } from '../src/models/two-stage.ts'
import { initialize } from '../src/nn/init.ts'
import { BATCH_NORM, FROZEN_BATCH_NORM } from '../src/nn/norm.ts'
import { asInputs, rootScope } from '../src/nn/scope.ts'
import type { Tensor } from '../src/tensor/tensor.ts'

/** Names of the two classes a thin model tells apart. */
export const THIN_CATEGORIES = [
  { id: 4, name: 'leaf' },
  { id: 9, name: 'stem' },
]

/** Of the things that a thin model finds keypoints of. */
export const THIN_SKELETONS = [
  {
    id: 4,
    name: 'leaf',
    keypoints: ['left_tip', 'right_tip', 'base'],
    skeleton: [[1, 3] as const, [2, 3] as const],
  },
]

/** The file of a complete Keypoint R-CNN, as thin, with masks beside the keypoints where asked for. */
export function thinKeypointModelFile({ masks = false } = {}): Uint8Array {
  const { mask, model: _, numClasses: __, ...stages } = thinMaskRcnn()
  const architecture: KeypointRcnnConfig = {
    model: 'keypoint-rcnn',
    ...{ numClasses: 2, numKeypoints: 3, ...stages },
    keypoint: { ...KEYPOINT_DEFAULTS, head: { convs: 1, width: 16 } },
    ...(masks && { mask }),
  }
  return fileOf(architecture, THIN_SKELETONS)
}

/** The file of a complete Mask R-CNN of some hundred thousand random weights that finds up to five things anywhere. */
export function thinModelFile({ categories = THIN_CATEGORIES, seed = 3 } = {}): Uint8Array {
  const architecture = thinMaskRcnn()
  return encodedFile(architecture, categories, randomWeights(architecture, seed))
}

/** A CenterMask as thin, of scored masks; whatever it finds is about three cells wide. */
export function thinCenterMask(): CenterMaskConfig {
  const preset = CENTERMASK_PRESETS.centermask_lite_V_19_slim_dw_eSE_FPN_ms_4x(THIN_CATEGORIES.length + 1)
  const { fcos, mask } = preset
  return {
    ...preset,
    backbone: { name: 'vovnet19_slim_dw', widthMultiplier: 0.125, norm: FROZEN_BATCH_NORM },
    fpn: { ...preset.fpn, channels: 16 },
    // Probabilities of random weights are near 0.01.
    fcos: { ...fcos, towers: { ...fcos.towers, norm: undefined }, scoreThreshold: 0.001, maxDetections: 5 },
    mask: { ...mask, head: { convs: 1, width: 16 } },
    maskIou: { convs: 1, width: 8, linearWidth: 16 },
    transform: { ...DEFAULT_TRANSFORM, resize: { kind: 'keep' } },
  }
}

/** Random weights of the same. */
export function thinCenterMaskWeights(architecture = thinCenterMask()): Map<string, Tensor<'float32'>> {
  const weights = randomWeights(architecture)
  weights.get('head.regression_head.bbox_reg.bias')!.data.fill(1.5)
  return weights
}

/** The file of a CenterMask of two classes, of such weights. */
export function thinCenterMaskFile(architecture = thinCenterMask()): Uint8Array {
  return encodedFile(architecture, THIN_CATEGORIES, thinCenterMaskWeights(architecture))
}

/** Architectures of every other kind, as thin, each finding a few things anywhere. */
export function thinArchitectures(): readonly ModelConfig[] {
  const { mask, model: _, ...stages } = thinMaskRcnn()
  const { numClasses, backbone, transform } = stages
  const fpn = { ...ONE_STAGE_DEFAULTS.fpn, channels: 16 }
  const found = { candidates: 50, maxDetections: 5, scoreThreshold: 0.005 }
  const dense = { numClasses, backbone, fpn, transform }
  const towers = {
    sharedConvs: 0,
    classConvs: 1,
    boxConvs: 1,
    norm: { kind: 'groupNorm', groups: 4, epsilon: 1e-5 },
  } as const
  const maskIou = { convs: 4, width: 16, linearWidth: 32 }
  const retina = { ...RETINA_DEFAULTS, ...found, convs: 1 }
  return [
    { model: 'faster-rcnn', ...stages },
    { model: 'mask-scoring-rcnn', ...stages, mask, maskIou },
    { model: 'retinanet', ...dense, anchors: RETINA_ANCHORS, retina },
    {
      model: 'fcos',
      ...dense,
      fcos: { ...FCOS_DEFAULTS, ...found, towers: { ...towers, levelScales: false } },
    },
  ]
}

/** The file of any architecture of two classes, with random weights. */
export function randomModelFile(architecture: ModelConfig): Uint8Array {
  return fileOf(architecture, THIN_CATEGORIES)
}

/** A Mask R-CNN as thin. */
export function thinMaskRcnn(): MaskRcnnConfig {
  const preset = maskRcnnResnet50Fpn(THIN_CATEGORIES.length + 1)
  return {
    ...preset,
    backbone: { name: 'resnet18', stemWidth: 8, norm: FROZEN_BATCH_NORM },
    fpn: { channels: 16 },
    box: { ...preset.box, head: { kind: 'mlp', width: 32 }, scoreThreshold: 0.01, maxDetections: 5 },
    mask: { ...preset.mask, head: { convs: 1, width: 16 } },
    transform: { ...preset.transform, resize: { kind: 'keep' } },
  }
}

function fileOf(architecture: ModelConfig, categories: ModelMetadata['categories']): Uint8Array {
  return encodedFile(architecture, categories, randomWeights(architecture))
}

function randomWeights(architecture: ModelConfig, seed = 3): Map<string, Tensor<'float32'>> {
  const wanted = asInputs()
  buildModel(architecture).inference(
    rootScope(wanted.resolve, 'running'),
    input('image', 'uint8', ['H', 'W', 3]),
  )
  return initialize(wanted.specs.values(), seed)
}

function encodedFile(
  architecture: ModelConfig,
  categories: ModelMetadata['categories'],
  weights: ReadonlyMap<string, Tensor>,
): Uint8Array {
  const metadata = {
    architecture,
    categories,
    licence: 'MIT',
    source: 'random numbers',
    figures: {},
  }
  return encodeModelFile({ metadata, weights })
}

/** A thin Faster R-CNN whose norms learn, and keep statistics. */
export function learningFasterRcnn() {
  return FASTER_RCNN.build({
    model: 'faster-rcnn',
    ...TWO_STAGE_DEFAULTS,
    numClasses: 2,
    backbone: { name: 'resnet18', norm: BATCH_NORM, stemWidth: 4 },
    fpn: { channels: 4 },
    rpn: { ...TWO_STAGE_DEFAULTS.rpn, training: { preNmsTopN: 20, postNmsTopN: 10 } },
    box: { ...TWO_STAGE_DEFAULTS.box, head: { kind: 'mlp', width: 8 } },
  })
}
