import type { Convention } from '../convention.ts'
import { detectron2Backbone } from './detectron2-backbone.ts'
import { type Renaming, renamed } from './renaming.ts'
import { afterBackground } from './rows.ts'

/** The level of the pyramid's first map. */
const FINEST = 3

const HEADS: readonly Renaming[] = [
  [/^proposal_generator\.fcos_head\.share_tower\./, () => 'head.shared_head.conv.'],
  [/^proposal_generator\.fcos_head\.cls_tower\./, () => 'head.classification_head.conv.'],
  [/^proposal_generator\.fcos_head\.bbox_tower\./, () => 'head.regression_head.conv.'],
  [/^proposal_generator\.fcos_head\.cls_logits\./, () => 'head.classification_head.cls_logits.'],
  [/^proposal_generator\.fcos_head\.bbox_pred\./, () => 'head.regression_head.bbox_reg.'],
  [/^proposal_generator\.fcos_head\.ctrness\./, () => 'head.regression_head.bbox_ctrness.'],
  [/^proposal_generator\.fcos_head\.scales\./, () => 'head.regression_head.scales.'],
  [/^roi_heads\.mask_head\.mask_fcn(\d+)\./, (conv) => `roi_heads.mask_head.${Number(conv) - 1}.0.`],
  [/^roi_heads\.mask_head\.deconv\./, () => 'roi_heads.mask_predictor.conv5_mask.'],
  [/^roi_heads\.mask_head\.predictor\./, () => 'roi_heads.mask_predictor.mask_fcn_logits.'],
  [/^roi_heads\.maskiou_head\.maskiou\./, () => 'roi_heads.maskiou.predictor.maskiou.'],
  [/^roi_heads\.maskiou_head\./, () => 'roi_heads.maskiou.feature_extractor.'],
]

/** Layers with an output for each class, where ours have one for the background too, which is never read. */
const PER_CLASS = /^roi_heads\.(mask_predictor\.mask_fcn_logits|maskiou\.predictor\.maskiou)\./

/**
 * Weights of CenterMask and CenterMask-Lite as their second publication has them (centermask2, on detectron2): other names, a
 * first convolution for BGR, and no outputs for the background.
 */
export const centermask2Names: Convention = (name, tensor) => {
  if (name.startsWith('backbone.')) return detectron2Backbone(FINEST)(name, tensor)
  const ours = renamed(name, HEADS)
  return [[ours, PER_CLASS.test(ours) ? afterBackground(tensor) : tensor]]
}
