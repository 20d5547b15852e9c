import { expect, it } from 'vitest'
import { FROZEN_BATCH_NORM } from '../../nn/norm.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { elementCount } from '../../tensor/shape.ts'
import { type BodyConfig, bodyOf } from './bodies.ts'
import type { EfficientNetLiteConfig } from './efficientnet-lite.ts'

function built(config: Omit<EfficientNetLiteConfig, 'norm'>) {
  const wanted = asInputs()
  const body = bodyOf({ ...config, norm: FROZEN_BATCH_NORM } as BodyConfig)
  const scope = rootScope(wanted.resolve, 'batch')
  for (const stage of body.strides.keys()) body.stage(scope, stage)
  return { specs: wanted.specs, body }
}

// Counted in efficientnet-lite-pytorch 0.1.0: the classifiers (4.65, 5.42, 6.09, 8.20 and 13.01 millions, as published) less `_fc`,
// `_conv_head` and its norm.
it.each([
  ['efficientnet_lite0', 2_958_848],
  ['efficientnet_lite1', 3_723_520],
  ['efficientnet_lite2', 4_357_952],
  ['efficientnet_lite3', 6_422_016],
  ['efficientnet_lite4', 11_149_568],
] as const)('%s has the parameters of the publication', (name, expected) => {
  const specs = [...built({ name }).specs.values()].filter((spec) => !/running_/.test(spec.name))
  expect(specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(expected)
})

it('ends its stages with the deepest map of every stride', () => {
  const { body } = built({ name: 'efficientnet_lite0' })
  expect(body.channels).toEqual([16, 24, 40, 112, 320])
  expect(body.strides).toEqual([2, 4, 8, 16, 32])
  expect(body.pyramidStages).toEqual([1, 2, 3, 4])
  expect(body.stemWidth).toBe(96)
})

it('calls its weights as they were published', () => {
  const { specs } = built({ name: 'efficientnet_lite0' })
  expect(specs.get('_conv_stem.weight')!.shape).toEqual([32, 3, 3, 3])
  expect(specs.get('_bn0.running_mean')!.shape).toEqual([32])
  expect(specs.has('_blocks.0._expand_conv.weight')).toBe(false)
  expect(specs.get('_blocks.3._expand_conv.weight')!.shape).toEqual([144, 24, 1, 1])
  expect(specs.get('_blocks.3._depthwise_conv.weight')!.shape).toEqual([144, 1, 5, 5])
  expect(specs.get('_blocks.15._project_conv.weight')!.shape).toEqual([320, 1152, 1, 1])
  expect(specs.get('_blocks.15._bn2.running_var')!.shape).toEqual([320])
})

it('is frozen stride by stride', () => {
  const { body, specs } = built({ name: 'efficientnet_lite0' })
  const blocks = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `_blocks.${from + i}`)
  expect(body.freezable).toEqual([
    ['_conv_stem', '_bn0', '_blocks.0'],
    blocks(1, 2),
    blocks(3, 4),
    blocks(5, 10),
    blocks(11, 15),
  ])
  const all = body.freezable.flat()
  const free = [...specs.keys()].filter((name) => !all.some((part) => name.startsWith(`${part}.`)))
  expect(free).toEqual([])
})

it('has the widths of its multiplier, rounded to eights', () => {
  const { body } = built({ name: 'efficientnet_lite0', widthMultiplier: 0.25 })
  // 24 by 0.25 is 6, so 8; 40: 10, so 8 is less than nine tenths and 16 it is; 112: 28, so 32; 320: 80.
  expect(body.channels).toEqual([8, 8, 16, 32, 80])
})
