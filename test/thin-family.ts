/** A thin model of every kind there is, of random weights that find a few things anywhere. */
import type { ModelConfig } from '../src/models/catalogue.ts'
import type { CenterMaskConfig } from '../src/models/centermask.ts'
import { CENTERMASK_PRESETS } from '../src/models/centermask-presets.ts'
import { DETECTRON2_PRESETS } from '../src/models/detectron2-presets.ts'
import type { MaskRcnnConfig } from '../src/models/mask-rcnn.ts'
import { decodeModelFile, type ModelFile } from '../src/models/model-file.ts'
import { maskRcnnResnet50C4, maskRcnnResnet50FpnV2 } from '../src/models/presets.ts'
import { BATCH_NORM, FROZEN_BATCH_NORM } from '../src/nn/norm.ts'
import type { Tensor } from '../src/tensor/tensor.ts'
import {
  randomModelFile,
  thinArchitectures,
  thinCenterMask,
  thinCenterMaskFile,
  thinKeypointModelFile,
  thinMaskRcnn,
  thinModelFile,
} from './thin-model.ts'

/** By name: every architecture, and variants whose graphs are of other parts. */
export function thinFamily(): ReadonlyMap<string, ModelFile> {
  const random = (name: string, architecture: ModelConfig): [string, Uint8Array] => [
    name,
    randomModelFile(architecture),
  ]
  const files: [string, Uint8Array][] = [
    ['mask-rcnn', thinModelFile()],
    random('mask-rcnn-v2', thinSecondVersion()),
    random('mask-rcnn-c4', thinSingleMap()),
    random('mask-rcnn-detectron2', thinDetectron2()),
    ['centermask-lite', thinCenterMaskFile()],
    ['centermask', thinCenterMaskFile(thinFullCenterMask())],
    ['keypoint-rcnn', thinKeypointModelFile({ masks: true })],
    ...thinArchitectures().map((architecture) => random(architecture.model, architecture)),
  ]
  return new Map(files.map(([name, bytes]) => [name, withSpread(decodeModelFile(bytes), SPREAD[name])]))
}

/**
 * What the last weights of classes (and of two-stage boxes) are multiplied by, where random ones make scores that are all alike or
 * all 1, and boxes of many times the image: what is found would hang on a last bit.
 */
const SPREAD: Readonly<Record<string, number>> = {
  'mask-rcnn-v2': 0.05,
  'mask-rcnn-c4': 0.05,
  'centermask-lite': 100,
}

function withSpread({ metadata, weights }: ModelFile, factor = 1): ModelFile {
  const spread = [...weights].map(([name, weight]): [string, Tensor<'float32'>] => {
    const isLast = /(cls_score|bbox_pred|cls_logits)\.weight$/.test(name)
    return [name, isLast ? { ...weight, data: weight.data.map((value) => value * factor) } : weight]
  })
  return { metadata, weights: new Map(spread) }
}

/** The same model with a threshold that nothing reaches. */
export function findingNothing(file: ModelFile): ModelFile {
  return withThreshold(file, 'maxDetections')
}

/** The same where nothing is even proposed; as it is where nothing ever was. */
export function proposingNothing(file: ModelFile): ModelFile {
  return withThreshold(findingNothing(file), 'inference')
}

function withThreshold({ metadata, weights }: ModelFile, partWith: string): ModelFile {
  const raised = Object.entries(metadata.architecture).map(([part, settings]) => {
    const has = typeof settings === 'object' && settings !== null && partWith in settings
    return [part, has ? { ...settings, scoreThreshold: 1 } : settings]
  })
  const architecture = Object.fromEntries(raised) as ModelConfig
  return { metadata: { ...metadata, architecture }, weights }
}

/** Convolutions with norms in the heads of boxes and masks. */
function thinSecondVersion(): MaskRcnnConfig {
  const { fpn, rpn, box, mask } = maskRcnnResnet50FpnV2(3)
  const thin = thinMaskRcnn()
  const head = { kind: 'conv', convs: 2, convWidth: 16, width: 32, norm: BATCH_NORM } as const
  return {
    ...thin,
    fpn: { ...fpn, channels: 16 },
    rpn,
    box: { ...box, head, scoreThreshold: 0.01, maxDetections: 5 },
    mask: { ...mask, head: { ...mask.head, convs: 1, width: 16 } },
  }
}

/** Heads that share the body's last stage. */
function thinSingleMap(): MaskRcnnConfig {
  const { fpn, anchors, rpn, box, mask } = maskRcnnResnet50C4(3)
  const narrow = { ...rpn, inference: { preNmsTopN: 60, postNmsTopN: 20 } }
  const found = { ...box, scoreThreshold: 0.01, maxDetections: 5 }
  const head = { ...mask.head, width: 16 }
  return { ...thinMaskRcnn(), fpn, anchors, rpn: narrow, box: found, mask: { ...mask, head } }
}

/** Regions of as many samples as they are large, from anchors that are not rounded; boxes whose last pixel counts. */
function thinDetectron2(): MaskRcnnConfig {
  const { anchors, box, mask } = DETECTRON2_PRESETS.mask_rcnn_R_50_FPN(3)
  const thin = thinMaskRcnn()
  return {
    ...thin,
    anchors,
    legacyBoxes: true,
    box: { ...thin.box, pooling: box.pooling },
    mask: { ...mask, head: { ...mask.head, convs: 1, width: 16 } },
  }
}

/** Towers of four convolutions with norms, and dense blocks of full convolutions. */
function thinFullCenterMask(): CenterMaskConfig {
  const { fcos, mask, maskIou } = CENTERMASK_PRESETS.centermask_V_39_eSE_FPN_ms_3x(3)
  const thin = thinCenterMask()
  const towers = { ...fcos.towers, norm: { kind: 'groupNorm', groups: 4, epsilon: 1e-5 } } as const
  return {
    ...thin,
    backbone: { name: 'vovnet39', widthMultiplier: 0.125, norm: FROZEN_BATCH_NORM },
    fcos: { ...thin.fcos, towers },
    mask: { ...mask, head: { ...mask.head, width: 16 } },
    maskIou: maskIou && { ...maskIou, width: 8, linearWidth: 16 },
  }
}
