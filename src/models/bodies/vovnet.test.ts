import { describe, expect, it } from 'vitest'
import { formatShape } from '../../graph/dim.ts'
import { input } from '../../graph/value.ts'
import { FROZEN_BATCH_NORM } from '../../nn/norm.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { elementCount } from '../../tensor/shape.ts'
import { BODY_SCHEMA } from './bodies.ts'
import { VOVNETS, type VoVNetConfig } from './vovnet.ts'

function built(config: Omit<VoVNetConfig, 'norm'>) {
  const wanted = asInputs()
  const body = VOVNETS.make({ ...config, norm: FROZEN_BATCH_NORM })
  const scope = rootScope(wanted.resolve, 'batch')
  const layers = body.strides.map((_, stage) => body.stage(scope, stage))
  return { specs: wanted.specs, layers, body }
}

function parameters(config: Omit<VoVNetConfig, 'norm'>): number {
  const specs = [...built(config).specs.values()].filter(({ name }) => !/running_/.test(name))
  return specs.reduce((sum, { shape }) => sum + elementCount(shape), 0)
}

const FIRST_VERSION = { identity: false, attention: 'none' } as const

describe('parameters', () => {
  // The publication's classifiers of 1000 classes: 22.6 and 36.6 million with 1024 x 1000 weights and 1000 biases of the last layer.
  it.each([
    ['vovnet39', 22.6],
    ['vovnet57', 36.6],
  ] as const)('%s has in the first version what was published', (name, millions) => {
    expect((parameters({ name, ...FIRST_VERSION }) + 1_025_000) / 1e6).toBeCloseTo(millions, 1)
  })

  it('differ by the attention alone', () => {
    const none = parameters({ name: 'vovnet19_slim', ...FIRST_VERSION })
    const outputs = [112, 256, 384, 512]
    const ese = outputs.reduce((sum, c) => sum + c * c + c, 0)
    // 7, 16, 24 and 32 channels in between.
    const se = outputs.reduce((sum, c) => sum + (2 * c * c) / 16 + c + c / 16, 0)
    expect(parameters({ name: 'vovnet19_slim', attention: 'ese' }) - none).toBe(ese)
    expect(parameters({ name: 'vovnet19_slim', attention: 'se' }) - none).toBe(se)
  })

  it('are as the multiplier says, in eights', () => {
    const { body, specs } = built({ name: 'vovnet19_slim_dw', widthMultiplier: 0.25 })
    // 112, 256, 384 and 512 by 0.25 are 28, 64, 96 and 128; 64 and 80 are 16 and 20, and 28 is nearer to 32.
    expect(body.channels).toEqual([32, 64, 96, 128])
    expect(body.stemWidth).toBe(16)
    expect(specs.get('stage3.OSA3_1.layers.0.OSA3_1_0/pw_conv1x1.weight')!.shape).toEqual([24, 24, 1, 1])
  })
})

describe('sizes', () => {
  const sizes = (height: number, width: number) => {
    let map = input('x', 'float32', [1, 3, height, width])
    return built({ name: 'vovnet19_slim_dw', widthMultiplier: 0.125 }).layers.map((layer) => {
      map = layer(map) as typeof map
      return formatShape(map.shape)
    })
  }

  it('halve from stage to stage', () => {
    expect(sizes(64, 96)).toEqual(['[1, 16, 16, 24]', '[1, 32, 8, 12]', '[1, 48, 4, 6]', '[1, 64, 2, 3]'])
  })

  it('are rounded up by the stem and down by the pooling', () => {
    // 51 -> 26 -> 13 -> 6 -> 3 -> 1; 34 -> 17 -> 9 -> 4 -> 2 -> 1.
    expect(sizes(51, 34)).toEqual(['[1, 16, 13, 9]', '[1, 32, 6, 4]', '[1, 48, 3, 2]', '[1, 64, 1, 1]'])
  })
})

it('is frozen from the stem on, and all of it in the end', () => {
  const { body, specs } = built({ name: 'vovnet39' })
  expect(body.freezable).toEqual([['stem'], ['stage2'], ['stage3'], ['stage4'], ['stage5']])
  const all = body.freezable.flat()
  expect([...specs.keys()].filter((name) => !all.includes(name.split('.')[0]))).toEqual([])
})

it('refuses settings that it has not', () => {
  const told = (more: object) =>
    BODY_SCHEMA.safeParse({ name: 'vovnet39', norm: FROZEN_BATCH_NORM, ...more }).error?.issues.map(
      ({ path, code }) => `${path.join('.')} ${code}`,
    )
  expect(told({})).toBeUndefined()
  expect(told(FIRST_VERSION)).toBeUndefined()
  expect(told({ attention: 'cbam' })).toEqual(['attention invalid_value'])
  expect(told({ identity: 1 })).toEqual(['identity invalid_type'])
  expect(told({ widthMultiplier: 0 })).toEqual(['widthMultiplier too_small'])
  expect(told({ stemWidth: 8 })).toEqual([' unrecognized_keys'])
  expect(told({ name: 'vovnet27' })).toEqual(['name invalid_union'])
})
