import { expect, it } from 'vitest'
import { float32 } from '../../tensor/tensor.ts'
import { type ConventionName, conventionFor } from '../conventions.ts'

const ours = (convention: ConventionName, name: string, names: readonly string[] = []) =>
  conventionFor(convention, [name, ...names])(name, float32([0, 0], [2, 1, 1, 1])).map(([found]) =>
    found.replace('backbone.body.', ''),
  )

it('takes the bodies of torchvision out of classifiers', () => {
  expect(ours('torchvision-body', 'layer1.0.conv1.weight')).toEqual(['layer1.0.conv1.weight'])
  expect(ours('torchvision-body', 'features.3.conv.1.0.weight')).toEqual(['3.conv.1.0.weight'])
  for (const name of ['fc.weight', 'classifier.3.bias', 'bn1.num_batches_tracked'])
    expect(ours('torchvision-body', name)).toEqual([])
})

it("finds the layers of timm's MobileNets", () => {
  const mobile = (name: string, ...names: string[]) =>
    ours('timm-body', name, ['conv_stem.weight', ...names])[0]
  const wide = 'blocks.1.0.conv_pwl.weight'
  expect(mobile('conv_stem.weight')).toBe('0.0.weight')
  expect(mobile('bn1.running_var')).toBe('0.1.running_var')
  expect(mobile('blocks.0.0.conv_dw.weight')).toBe('1.conv.0.0.weight')
  expect(mobile('blocks.0.0.bn1.bias')).toBe('1.conv.0.1.bias')
  expect(mobile('blocks.0.0.conv_pw.weight')).toBe('1.conv.1.weight')
  expect(mobile('blocks.0.0.bn2.bias')).toBe('1.conv.2.bias')
  expect(mobile('blocks.1.0.conv_pw.weight', wide)).toBe('2.conv.0.0.weight')
  expect(mobile('blocks.1.0.bn2.bias', wide)).toBe('2.conv.1.1.bias')
  expect(mobile(wide)).toBe('2.conv.2.weight')
  expect(mobile('blocks.1.0.bn3.bias', wide)).toBe('2.conv.3.bias')
  expect(mobile('conv_head.weight')).toBe('18.0.weight')
  const v3 = ['blocks.6.0.conv.weight', 'blocks.2.0.conv_pwl.weight', 'blocks.2.0.se.conv_reduce.weight']
  expect(mobile('blocks.2.0.se.conv_expand.bias', ...v3)).toBe('4.block.2.fc2.bias')
  expect(mobile('blocks.2.0.conv_pwl.weight', ...v3)).toBe('4.block.3.0.weight')
  expect(mobile('blocks.2.0.bn3.bias', ...v3)).toBe('4.block.3.1.bias')
  expect(mobile('blocks.6.0.bn1.bias', ...v3)).toBe('16.1.bias')
  expect(mobile('conv_head.weight', ...v3)).toBe(undefined)
})

it("finds the layers of timm's EfficientNets-Lite, whose stages have more blocks the larger they are", () => {
  // The names of tf_efficientnet_lite1 in timm 1.0.31: stages of 1, 3, 3, 4, 4, 5 and 1 blocks.
  const names = [1, 3, 3, 4, 4, 5, 1].flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => i).flatMap((i) => [
      `blocks.${stage}.${i}.conv_dw.weight`,
      ...(stage > 0 ? [`blocks.${stage}.${i}.conv_pwl.weight`] : []),
    ]),
  )
  const lite = (name: string) => ours('timm-body', name, ['conv_stem.weight', ...names])
  expect(lite('conv_stem.weight')).toEqual(['_conv_stem.weight'])
  expect(lite('bn1.running_var')).toEqual(['_bn0.running_var'])
  expect(lite('blocks.0.0.bn1.weight')).toEqual(['_blocks.0._bn1.weight'])
  expect(lite('blocks.0.0.conv_pw.weight')).toEqual(['_blocks.0._project_conv.weight'])
  expect(lite('blocks.0.0.bn2.weight')).toEqual(['_blocks.0._bn2.weight'])
  expect(lite('blocks.1.2.conv_pw.weight')).toEqual(['_blocks.3._expand_conv.weight'])
  expect(lite('blocks.1.2.bn1.bias')).toEqual(['_blocks.3._bn0.bias'])
  expect(lite('blocks.5.4.conv_dw.weight')).toEqual(['_blocks.19._depthwise_conv.weight'])
  expect(lite('blocks.6.0.bn3.running_mean')).toEqual(['_blocks.20._bn2.running_mean'])
  for (const name of ['conv_head.weight', 'bn2.bias', 'classifier.weight']) expect(lite(name)).toEqual([])
})

it("finds the layers of timm's VoVNets, and lets everything through where they have no attention", () => {
  const middle = 'stages.1.blocks.0.conv_mid.2'
  expect(ours('timm-body', 'stem.1.bn.bias', ['stem.1.conv_dw.weight'])).toEqual(['stem.stem_2/pw_norm.bias'])
  expect(ours('timm-body', `${middle}.conv_pw.weight`)).toEqual([
    'stage3.OSA3_1.layers.2.OSA3_1_2/pw_conv1x1.weight',
  ])
  expect(ours('timm-body', `${middle}.bn.bias`)).toEqual(['stage3.OSA3_1.layers.2.OSA3_1_2/norm.bias'])
  const concat = 'stages.2.blocks.0.conv_concat.conv.weight'
  const found = 'stage4.OSA4_1.concat.OSA4_1_concat/conv.weight'
  expect(ours('timm-body', concat, ['stages.2.blocks.0.attn.fc.weight'])).toEqual([found])
  const added = conventionFor('timm-body', [concat])(concat, float32([0, 0], [2, 1, 1, 1]))
  expect(added.slice(1)).toEqual([
    ['backbone.body.stage4.OSA4_1.ese.fc.weight', float32([0, 0, 0, 0], [2, 2, 1, 1])],
    ['backbone.body.stage4.OSA4_1.ese.fc.bias', float32([3, 3])],
  ])
})
