import type { Tensor } from '../../tensor/tensor.ts'
import type { Convention } from '../convention.ts'
import { detectron2Backbone } from './detectron2-backbone.ts'
import { type Renaming, renamed } from './renaming.ts'
import { afterBackground, chosenRows, NONE } from './rows.ts'

const HEADS: readonly Renaming[] = [
  [/^proposal_generator\.rpn_head\.conv\./, () => 'rpn.head.conv.0.0.'],
  [/^proposal_generator\.rpn_head\.objectness_logits\./, () => 'rpn.head.cls_logits.'],
  [/^proposal_generator\.rpn_head\.anchor_deltas\./, () => 'rpn.head.bbox_pred.'],
  [/^roi_heads\.box_head\.fc(\d)\./, (layer) => `roi_heads.box_head.fc${Number(layer) + 5}.`],
  [/^roi_heads\.mask_head\.mask_fcn(\d+)\./, (conv) => `roi_heads.mask_head.${Number(conv) - 1}.0.`],
  [/^roi_heads\.mask_head\.deconv\./, () => 'roi_heads.mask_predictor.conv5_mask.'],
  [/^roi_heads\.mask_head\.predictor\./, () => 'roi_heads.mask_predictor.mask_fcn_logits.'],
  [
    /^roi_heads\.keypoint_head\.conv_fcn(\d+)\./,
    (conv) => `roi_heads.keypoint_head.${2 * (Number(conv) - 1)}.`,
  ],
  [/^roi_heads\.keypoint_head\.score_lowres\./, () => 'roi_heads.keypoint_predictor.kps_score_lowres.'],
  [/^head\.cls_subnet\.(\d+)\./, (layer) => `head.classification_head.conv.${Number(layer) / 2}.0.`],
  [/^head\.bbox_subnet\.(\d+)\./, (layer) => `head.regression_head.conv.${Number(layer) / 2}.0.`],
  [/^head\.cls_score\./, () => 'head.classification_head.cls_logits.'],
  [/^head\.bbox_pred\./, () => 'head.regression_head.bbox_reg.'],
]

/** What is no weight here: anchors, and colours, which the model's settings say. */
const SETTINGS = /^(pixel_(mean|std)$|(proposal_generator\.)?anchor_generator\.)/

/** Of every cell, in every model of the zoo. */
const RATIOS = 3
/** Anchors of a cell of RetinaNet: three sizes, three ratios. */
const RETINA_ANCHORS = 9
const BOX = 4

/** How the outputs of a layer change. */
const OUTPUTS: Readonly<Record<string, (tensor: Tensor) => Tensor>> = {
  'rpn.head.cls_logits': (tensor) => byRatio(tensor, 1),
  'rpn.head.bbox_pred': (tensor) => byRatio(tensor, BOX),
  'roi_heads.box_predictor.cls_score': backgroundFirst,
  'roi_heads.box_predictor.bbox_pred': (tensor) => afterBackground(tensor, BOX),
  'roi_heads.mask_predictor.mask_fcn_logits': (tensor) => afterBackground(tensor),
  'head.classification_head.cls_logits': retinaClasses,
  'head.regression_head.bbox_reg': (tensor) => byRatio(tensor, BOX),
}

/**
 * Weights of detectron2's Faster, Mask and Keypoint R-CNN and RetinaNet: other names, a first convolution for BGR, the background
 * last or without outputs, anchors of a cell by size first. `names`: all of the file.
 */
export function detectron2Names(names: ReadonlySet<string>): Convention {
  const backbone = detectron2Backbone(names.has('backbone.fpn_lateral2.weight') ? 2 : 3)
  return (name, tensor) => {
    if (SETTINGS.test(name)) return []
    const inBackbone = name
      // Without a pyramid the body is the backbone, and its last stage a part of the heads.
      .replace(/^backbone\.(?=stem\.|res\d\.)/, 'backbone.bottom_up.')
      .replace(/^roi_heads\.(?=res5\.)/, 'backbone.bottom_up.')
    if (inBackbone.startsWith('backbone.')) return backbone(inBackbone, tensor)
    const ours = renamed(name, HEADS)
    const change = OUTPUTS[ours.replace(/\.(weight|bias)$/, '')]
    return [[ours, change ? change(tensor) : tensor]]
  }
}

/** Where in their order our anchor of a cell is, one after another: theirs have all ratios of a size together. */
function anchorOrder(anchors: number): number[] {
  const sizes = anchors / RATIOS
  return Array.from({ length: anchors }, (_, i) => (i % sizes) * RATIOS + Math.floor(i / sizes))
}

/** Outputs of every anchor of a cell, so many each. */
function byRatio(tensor: Tensor, each: number): Tensor {
  const anchors = tensor.shape[0] / each
  if (!Number.isInteger(anchors / RATIOS)) return tensor
  return chosenRows(
    tensor,
    anchorOrder(anchors).flatMap((anchor) => Array.from({ length: each }, (_, i) => anchor * each + i)),
  )
}

/** An output for every class of every anchor, to which the background is added. */
function retinaClasses(tensor: Tensor): Tensor {
  const classes = tensor.shape[0] / RETINA_ANCHORS
  if (!Number.isInteger(classes)) return tensor
  return chosenRows(
    tensor,
    anchorOrder(RETINA_ANCHORS).flatMap((anchor) => [
      NONE,
      ...Array.from({ length: classes }, (_, i) => anchor * classes + i),
    ]),
  )
}

function backgroundFirst(tensor: Tensor): Tensor {
  const [classes] = tensor.shape
  return chosenRows(tensor, [classes - 1, ...Array(classes - 1).keys()])
}
