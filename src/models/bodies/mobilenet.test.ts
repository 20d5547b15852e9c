import { expect, it } from 'vitest'
import { FROZEN_BATCH_NORM } from '../../nn/norm.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { elementCount } from '../../tensor/shape.ts'
import { type BodyConfig, bodyOf } from './bodies.ts'

function built(config: Omit<Extract<BodyConfig, { stageEnd?: 'first' | 'last' }>, 'norm'>) {
  const wanted = asInputs()
  const body = bodyOf({ ...config, norm: FROZEN_BATCH_NORM } as BodyConfig)
  const scope = rootScope(wanted.resolve, 'batch')
  for (const stage of body.strides.keys()) body.stage(scope, stage)
  return { specs: wanted.specs, body }
}

// torchvision's published counts of the classifiers, less those of their last layers: of V2 one of 1280 x 1000 and a bias, of V3
// one of 960 x 1280 before it.
it.each([
  ['mobilenet_v2', 3_504_872 - 1_281_000],
  ['mobilenet_v3_large', 5_483_032 - 1_281_000 - 1_230_080],
] as const)('%s has the parameters that torchvision publishes', (name, expected) => {
  const specs = [...built({ name }).specs.values()].filter((spec) => !/running_/.test(spec.name))
  expect(specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(expected)
})

it('cuts its stages where torchvision does', () => {
  const v3 = built({ name: 'mobilenet_v3_large' }).body
  expect(v3.channels).toEqual([16, 24, 40, 80, 160, 960])
  expect(v3.strides).toEqual([2, 4, 8, 16, 32, 32])
  const v2 = built({ name: 'mobilenet_v2' }).body
  expect(v2.channels).toEqual([32, 24, 32, 64, 160, 1280])
  expect(v2.strides).toEqual([2, 4, 8, 16, 32, 32])
})

it('cuts them after the last layer of a resolution where asked to, as CenterMask does', () => {
  const { body, specs } = built({ name: 'mobilenet_v2', stageEnd: 'last' })
  // Table 2 of the paper; the pyramid of CenterMask-Lite is recorded on 32, 96 and 320 channels.
  expect(body.channels).toEqual([16, 24, 32, 96, 320])
  expect(body.strides).toEqual([2, 4, 8, 16, 32])
  expect(body.pyramidStages).toEqual([1, 2, 3, 4])
  expect(body.freezable).toEqual([
    ['0', '1'],
    ['2', '3'],
    ['4', '5', '6'],
    ['7', '8', '9', '10', '11', '12', '13'],
    ['14', '15', '16', '17'],
  ])
  expect([...specs.keys()].some((name) => name.startsWith('18.'))).toBe(false)
  expect(built({ name: 'mobilenet_v3_large', stageEnd: 'last' }).body.channels).toEqual([
    16, 24, 40, 112, 160,
  ])
})

it('numbers the layers as torchvision does', () => {
  const v2 = built({ name: 'mobilenet_v2' }).specs
  expect(v2.get('1.conv.1.weight')!.shape).toEqual([16, 32, 1, 1])
  expect(v2.get('2.conv.0.0.weight')!.shape).toEqual([96, 16, 1, 1])
  expect(v2.get('2.conv.1.0.weight')!.shape).toEqual([96, 1, 3, 3])
  expect(v2.get('2.conv.3.running_var')!.shape).toEqual([24])
})

it('has the widths of its multiplier, rounded to eights', () => {
  // What torchvision's mobilenet_v2(width_mult=0.35) has: 24 by 0.35 is 8.4, so 8; the last are never fewer than 1280.
  const { body } = built({ name: 'mobilenet_v2', widthMultiplier: 0.35 })
  expect(body.channels).toEqual([16, 8, 16, 24, 56, 1280])
})

// features[:7] of torchvision's `_mobilenet_extractor`, for both, with 3 of 6 parts trained.
it.each(['mobilenet_v2', 'mobilenet_v3_large'] as const)('%s is frozen as in torchvision', (name) => {
  const { body, specs } = built({ name })
  expect(body.freezable.length).toBe(6)
  expect(body.freezable.slice(0, 3).flat()).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  const all = body.freezable.flat()
  expect([...specs.keys()].filter((spec) => !all.includes(spec.split('.')[0]))).toEqual([])
})
