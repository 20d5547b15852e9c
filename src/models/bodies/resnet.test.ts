import { expect, it } from 'vitest'
import { formatShape } from '../../graph/dim.ts'
import { input } from '../../graph/value.ts'
import { FROZEN_BATCH_NORM } from '../../nn/norm.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { elementCount } from '../../tensor/shape.ts'
import { RESNETS, type ResNetConfig } from './resnet.ts'

function built(config: Omit<ResNetConfig, 'norm'>) {
  const wanted = asInputs()
  const body = RESNETS.make({ ...config, norm: FROZEN_BATCH_NORM })
  const scope = rootScope(wanted.resolve, 'batch')
  const layers = body.strides.map((_, stage) => body.stage(scope, stage))
  return { specs: wanted.specs, layers, body }
}

it('refuses groups where the blocks have none, as torchvision does', () => {
  expect(() => built({ name: 'resnet18', groups: 32, widthPerGroup: 4 })).toThrow(
    'model.backbone: the blocks of this backbone have no groups and no 1x1 convolutions; expected groups 1, widthPerGroup 64 and strideIn 3x3 with resnet18, got 32, 4 and 3x3. Leave them out, or take resnet50, resnet101 or resnet152',
  )
  expect(() => built({ name: 'resnet34', widthPerGroup: 128 })).toThrow('got 1, 128 and 3x3')
  expect(() => built({ name: 'resnet34', strideIn: '1x1' })).toThrow('got 1, 64 and 1x1')
  expect(() => built({ name: 'resnet18', groups: 1, widthPerGroup: 64 })).not.toThrow()
})

it('refuses groups other than the name says', () => {
  expect(() => built({ name: 'resnext50_32x4d', groups: 16 })).toThrow(
    'expected groups 32 and widthPerGroup 4 with resnext50_32x4d, got 16 and 4',
  )
  expect(() => built({ name: 'resnext50_32x4d', groups: 32, widthPerGroup: 4 })).not.toThrow()
})

it('has the groups of ResNeXt-50 32x4d in its bottlenecks, by name or by numbers', () => {
  // torchvision: width = 64 * 4 / 64 * 32 = 128 channels in 32 groups of 4.
  const byNumbers = built({ name: 'resnet50', groups: 32, widthPerGroup: 4 }).specs
  expect(byNumbers.get('layer1.0.conv2.weight')!.shape).toEqual([128, 4, 3, 3])
  expect(built({ name: 'resnext50_32x4d' }).specs).toEqual(byNumbers)
})

// torchvision's published counts of the classifiers, less their last layers: 1000 x (512 or 2048) weights and 1000 biases.
it.each([
  ['resnet18', 11_689_512 - 513_000],
  ['resnet34', 21_797_672 - 513_000],
  ['resnet50', 25_557_032 - 2_049_000],
  ['resnet101', 44_549_160 - 2_049_000],
  ['resnet152', 60_192_808 - 2_049_000],
  ['resnext50_32x4d', 25_028_904 - 2_049_000],
  ['resnext101_32x8d', 88_791_336 - 2_049_000],
  ['resnext101_64x4d', 83_455_272 - 2_049_000],
] as const)('%s has the parameters that torchvision publishes', (name, expected) => {
  const specs = [...built({ name }).specs.values()].filter((spec) => !/running_/.test(spec.name))
  expect(specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(expected)
})

it('halves the map where it is told to', () => {
  const shapeOfMiddle = (strideIn: '1x1' | '3x3') => {
    const { layers } = built({ name: 'resnet50', stemWidth: 8, strideIn })
    const out = layers[1](input('x', 'float32', [1, 32, 20, 20]))
    expect(formatShape(out.shape)).toBe('[1, 64, 10, 10]')
    const sizes: string[] = []
    const visit = (value: typeof out): void => {
      if (value.source.kind !== 'node') return
      const { node } = value.source
      if (node.op.name === 'Conv' && /layer2\.0\.conv1$/.test(node.path)) sizes.push(formatShape(value.shape))
      for (const next of node.inputs) if (next) visit(next as typeof out)
    }
    visit(out)
    return sizes[0]
  }
  expect(shapeOfMiddle('3x3')).toBe('[1, 16, 20, 20]')
  expect(shapeOfMiddle('1x1')).toBe('[1, 16, 10, 10]')
})

it('makes the layers of a stage when it is asked for', () => {
  const wanted = asInputs()
  RESNETS.make({ name: 'resnet50', norm: FROZEN_BATCH_NORM }).stage(rootScope(wanted.resolve, 'batch'), 3)
  expect([...wanted.specs.keys()].every((name) => name.startsWith('layer4.'))).toBe(true)
})

it('is frozen as in torchvision: the stem first, and all of it in the end', () => {
  const { body, specs } = built({ name: 'resnet18' })
  expect(body.freezable).toEqual([['conv1', 'bn1'], ['layer1'], ['layer2'], ['layer3'], ['layer4']])
  const all = body.freezable.flat()
  expect([...specs.keys()].filter((spec) => !all.includes(spec.split('.')[0]))).toEqual([])
})
