import { type Convention, mirroredChannels } from '../convention.ts'
import { type Renaming, renamed } from './renaming.ts'

const RULES: readonly Renaming[] = [
  [/^backbone\.body\.stem\./, () => 'backbone.body.'],
  [/^backbone\.fpn\.fpn_inner(\d+)\./, (level) => `backbone.fpn.inner_blocks.${Number(level) - 1}.0.`],
  [/^backbone\.fpn\.fpn_layer(\d+)\./, (level) => `backbone.fpn.layer_blocks.${Number(level) - 1}.0.`],
  [/^rpn\.head\.conv\./, () => 'rpn.head.conv.0.0.'],
  [/^roi_heads\.box\.feature_extractor\./, () => 'roi_heads.box_head.'],
  [/^roi_heads\.box\.predictor\./, () => 'roi_heads.box_predictor.'],
  [/^roi_heads\.mask\.feature_extractor\.mask_fcn(\d+)\./, (i) => `roi_heads.mask_head.${Number(i) - 1}.0.`],
  [/^roi_heads\.mask\.predictor\./, () => 'roi_heads.mask_predictor.'],
]

/**
 * Weights of Mask Scoring R-CNN as its publication has them (and maskrcnn-benchmark, on which it stands): other names, a first
 * convolution for BGR, and anchors among the weights, which are no weights here.
 */
export const maskScoringNames: Convention = (name, tensor) => {
  if (name.startsWith('rpn.anchor_generator.')) return []
  const ours = renamed(name, RULES)
  return [[ours, ours === 'backbone.body.conv1.weight' ? mirroredChannels(tensor) : tensor]]
}
