import { expect, it } from 'vitest'
import { float32 } from '../tensor/tensor.ts'
import { conventional } from './convention.ts'
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
