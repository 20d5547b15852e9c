import { expect, it } from 'vitest'
import { float32 } from '../../tensor/tensor.ts'
import { conventionFor } from '../conventions.ts'

/** A tensor of as many rows, each its own number. */
const rows = (count: number) => float32(Array.from({ length: count }, (_, i) => i + 1))
const outputs = (name: string, count: number) => {
  const [[ours, { data }]] = conventionFor('detectron2', [name])(name, rows(count))
  return [ours, [...data]]
}

it('puts the background of detectron2 first', () => {
  // Two classes and the background, last of the scores and nowhere else.
  expect(outputs('roi_heads.box_predictor.cls_score.bias', 3)).toEqual([
    'roi_heads.box_predictor.cls_score.bias',
    [3, 1, 2],
  ])
  expect(outputs('roi_heads.box_predictor.bbox_pred.bias', 8)).toEqual([
    'roi_heads.box_predictor.bbox_pred.bias',
    [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
  ])
  expect(outputs('roi_heads.mask_head.predictor.bias', 2)[1]).toEqual([0, 1, 2])
})

it('orders the anchors of a cell by ratio first', () => {
  // Of a pyramid there is one size: nothing changes. Of two sizes (1..3 and 4..6 by ratio) those of a ratio come together.
  expect(outputs('proposal_generator.rpn_head.objectness_logits.bias', 3)[1]).toEqual([1, 2, 3])
  expect(outputs('proposal_generator.rpn_head.objectness_logits.bias', 6)[1]).toEqual([1, 4, 2, 5, 3, 6])
  expect(outputs('proposal_generator.rpn_head.anchor_deltas.bias', 24)[1]).toEqual(
    [0, 3, 1, 4, 2, 5].flatMap((anchor) => [1, 2, 3, 4].map((i) => 4 * anchor + i)),
  )
  // RetinaNet of two classes: three sizes, three ratios, and an output for the background that is never read.
  expect(outputs('head.cls_score.bias', 18)).toEqual([
    'head.classification_head.cls_logits.bias',
    [0, 3, 6, 1, 4, 7, 2, 5, 8].flatMap((anchor) => [0, 2 * anchor + 1, 2 * anchor + 2]),
  ])
})

it('finds layers by the names of detectron2, and drops settings', () => {
  const ours = (name: string, names = [name]) =>
    conventionFor('detectron2', names)(name, float32([0], [1, 1, 1, 1])).map(([found]) => found)
  expect(ours('backbone.res4.5.conv2.norm.bias')).toEqual(['backbone.body.layer3.5.bn2.bias'])
  expect(ours('roi_heads.res5.0.shortcut.weight')).toEqual(['backbone.body.layer4.0.downsample.0.weight'])
  expect(ours('roi_heads.box_head.fc2.bias')).toEqual(['roi_heads.box_head.fc7.bias'])
  expect(ours('roi_heads.keypoint_head.conv_fcn8.bias')).toEqual(['roi_heads.keypoint_head.14.bias'])
  expect(ours('head.bbox_subnet.6.bias')).toEqual(['head.regression_head.conv.3.0.bias'])
  expect(ours('backbone.fpn_output3.bias')).toEqual(['backbone.fpn.layer_blocks.0.0.bias'])
  expect(ours('backbone.fpn_output3.bias', ['backbone.fpn_lateral2.weight'])).toEqual([
    'backbone.fpn.layer_blocks.1.0.bias',
  ])
  expect(ours('pixel_mean')).toEqual([])
  expect(ours('proposal_generator.anchor_generator.cell_anchors.0')).toEqual([])
})
