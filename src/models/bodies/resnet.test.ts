import { expect, it } from 'vitest'
import { FROZEN_BATCH_NORM } from '../../nn/norm.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { type ResNetConfig, resnet } from './resnet.ts'

function built(config: Omit<ResNetConfig, 'norm'>) {
  const wanted = asInputs()
  resnet(rootScope(wanted.resolve, 'batch'), { ...config, norm: FROZEN_BATCH_NORM })
  return wanted.specs
}

it('refuses groups where the blocks have none, as torchvision does', () => {
  expect(() => built({ name: 'resnet18', groups: 32, widthPerGroup: 4 })).toThrow(
    'backbone: this backbone has no groups; expected groups 1 and widthPerGroup 64 with resnet18, got 32 and 4. Leave them out, or take resnet50, resnet101 or resnet152',
  )
  expect(() => built({ name: 'resnet34', widthPerGroup: 128 })).toThrow('got 1 and 128')
  expect(() => built({ name: 'resnet18', groups: 1, widthPerGroup: 64 })).not.toThrow()
})

it('has the groups of ResNeXt-50 32x4d in its bottlenecks', () => {
  // torchvision: width = 64 * 4 / 64 * 32 = 128 channels in 32 groups of 4.
  const specs = built({ name: 'resnet50', groups: 32, widthPerGroup: 4 })
  expect(specs.get('layer1.0.conv2.weight')!.shape).toEqual([128, 4, 3, 3])
})
