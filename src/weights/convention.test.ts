import { expect, it } from 'vitest'
import { float32 } from '../tensor/tensor.ts'
import { conventional } from './convention.ts'
import { centermask2Names } from './names/centermask2.ts'
import { detectron2Backbone } from './names/detectron2-backbone.ts'
import { maskScoringNames } from './names/mask-scoring.ts'

it('renames, changes and drops tensors, in their order', () => {
  // Two filters of 1 x 2 pixels; blue, green and red of each.
  const stem = float32([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 3, 1, 2])
  const given = new Map([
    ['rpn.anchor_generator.cell_anchors.0', float32([0], [1])],
    ['backbone.body.stem.conv1.weight', stem],
    ['roi_heads.mask.feature_extractor.mask_fcn2.bias', float32([3])],
    ['backbone.fpn.fpn_inner4.weight', float32([4])],
    ['roi_heads.maskiou.predictor.maskiou.bias', float32([5])],
  ])
  const ours = conventional(given, maskScoringNames)
  expect([...ours.keys()]).toEqual([
    'backbone.body.conv1.weight',
    'roi_heads.mask_head.1.0.bias',
    'backbone.fpn.inner_blocks.3.0.weight',
    'roi_heads.maskiou.predictor.maskiou.bias',
  ])
  expect([...ours.values()][0]).toEqual(float32([5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8], [2, 3, 1, 2]))
  expect(stem.data[0]).toBe(1)
})

it('gives heads by class an output for the background, and mirrors what sees colours', () => {
  const given = new Map([
    ['backbone.bottom_up.stem.stem_1/conv.weight', float32([1, 2, 3, 4, 5, 6], [2, 3, 1, 1])],
    ['backbone.bottom_up.stem.stem_2/conv.weight', float32([1, 2, 3, 4, 5, 6], [2, 3, 1, 1])],
    ['backbone.fpn_output5.bias', float32([6])],
    ['roi_heads.mask_head.predictor.weight', float32([1, 2, 3, 4], [2, 2, 1, 1])],
    ['roi_heads.maskiou_head.maskiou.bias', float32([5, 6])],
  ])
  const ours = conventional(given, centermask2Names)
  expect([...ours]).toEqual([
    ['backbone.body.stem.stem_1/conv.weight', float32([3, 2, 1, 6, 5, 4], [2, 3, 1, 1])],
    ['backbone.body.stem.stem_2/conv.weight', float32([1, 2, 3, 4, 5, 6], [2, 3, 1, 1])],
    ['backbone.fpn.layer_blocks.2.0.bias', float32([6])],
    ['roi_heads.mask_predictor.mask_fcn_logits.weight', float32([0, 0, 1, 2, 3, 4], [3, 2, 1, 1])],
    ['roi_heads.maskiou.predictor.maskiou.bias', float32([0, 5, 6])],
  ])
})

it("finds the layers of detectron2's bodies", () => {
  const convention = detectron2Backbone(2)
  const ours = (name: string) => convention(`backbone.${name}`, float32([0], [1, 1, 1, 1]))[0][0]
  expect(ours('bottom_up.stem.conv1.norm.bias')).toBe('backbone.body.bn1.bias')
  expect(ours('bottom_up.res4.11.shortcut.norm.running_var')).toBe(
    'backbone.body.layer3.11.downsample.1.running_var',
  )
  expect(ours('bottom_up.res5.0.conv2.norm.weight')).toBe('backbone.body.layer4.0.bn2.weight')
  expect(ours('bottom_up.features.1.conv.0.weight')).toBe('backbone.body.1.conv.0.0.weight')
  expect(ours('bottom_up.features.1.conv.4.bias')).toBe('backbone.body.1.conv.2.bias')
  expect(ours('bottom_up.features.12.conv.4.bias')).toBe('backbone.body.12.conv.1.1.bias')
  expect(ours('bottom_up.features.12.conv.7.bias')).toBe('backbone.body.12.conv.3.bias')
  expect(ours('fpn_lateral2.weight')).toBe('backbone.fpn.inner_blocks.0.0.weight')
  expect(ours('top_block.p6.weight')).toBe('backbone.fpn.extra_blocks.p6.weight')
})

it('leaves a first convolution of a damaged file as it is where it has too few dimensions', () => {
  const given = new Map([['backbone.bottom_up.stem.conv1.weight', float32([7], [])]])
  expect([...conventional(given, centermask2Names).values()]).toEqual([float32([7], [])])
})
