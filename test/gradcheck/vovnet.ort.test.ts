import { describe, expect, it } from 'vitest'
import type { FloatValue } from '../../src/autodiff/rule.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { type BodyConfig, bodyOf } from '../../src/models/bodies/bodies.ts'
import type { ParameterSpec } from '../../src/nn/init.ts'
import { BATCH_NORM, FROZEN_BATCH_NORM, type NormConfig } from '../../src/nn/norm.ts'
import { asInputs, rootScope } from '../../src/nn/scope.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import { float32 } from '../../src/tensor/tensor.ts'
import { type GradientCase, type InputSpec, worstDeviation } from './gradcheck.ts'

const GROUP_NORM: NormConfig = { kind: 'groupNorm', groups: 4, epsilon: 1e-5 }

interface Stage {
  readonly config: Omit<Extract<BodyConfig, { attention?: string }>, 'widthMultiplier'>
  readonly index: number
  readonly height: number
  readonly width: number
}

/** Each with a max pooling first, on sides that its windows fit and on sides that they do not. */
const STAGES: Readonly<Record<string, Stage>> = {
  'depthwise, reduced, eSE, frozen norms': {
    config: { name: 'vovnet19_slim_dw', norm: FROZEN_BATCH_NORM },
    index: 1,
    height: 7,
    width: 8,
  },
  'two modules with identity, eSE, group norms': {
    config: { name: 'vovnet39', norm: GROUP_NORM },
    index: 2,
    height: 6,
    width: 9,
  },
  'SE, norms of the batch': {
    config: { name: 'vovnet19_slim', norm: BATCH_NORM, attention: 'se' },
    index: 1,
    height: 5,
    width: 6,
  },
  'first version, group norms': {
    config: { name: 'vovnet19_slim', norm: GROUP_NORM, attention: 'none', identity: false },
    index: 1,
    height: 5,
    width: 5,
  },
}

/** Of norms: far enough from where ReLU bends that no step gets there. */
const SHIFT = 4

function rangeOf({ name, shape, role }: ParameterSpec, norm: NormConfig): InputSpec['range'] {
  if (role === 'norm') return name.endsWith('.bias') ? [SHIFT, SHIFT + 1] : [0.5, 1]
  if (/se\.fc/.test(name)) return role === 'bias' ? [1, 1.2] : [-0.01, 0.01]
  // Through a norm the scale of a weight is nothing; where it is frozen the shift must outweigh the sum.
  const bound = norm.kind === 'frozenBatchNorm' ? 0.5 / elementCount(shape.slice(1)) : 1
  return [-bound, bound]
}

function gradientCase({ config, index, height, width }: Stage): GradientCase {
  const body = bodyOf({ ...config, widthMultiplier: 0.125 })
  const wanted = asInputs()
  body.stage(rootScope(wanted.resolve, 'batch'), index)
  const params = [...wanted.specs.values()].filter(({ kind }) => kind === 'param')
  const x: InputSpec = {
    shape: [2, body.channels[index - 1], height, width],
    values: 'distinct',
    range: [0, 4],
  }
  return {
    name: '',
    inputs: [x, ...params.map((spec) => ({ shape: spec.shape, range: rangeOf(spec, config.norm) }))],
    build: ([map, ...values]: FloatValue[]) => {
      const given = new Map(params.map(({ name }, i) => [name, values[i] as Value<'float32'>]))
      const scope = rootScope((spec) => given.get(spec.name) ?? buffer(spec), 'batch')
      return body.stage(scope, index)(map as Value<'float32'>)
    },
    dtype: 'float32',
  }
}

function buffer({ name, shape }: ParameterSpec): Value<'float32'> {
  const value = name.endsWith('.bias') ? SHIFT : name.endsWith('.running_mean') ? 0.1 : 1.5
  return constant(float32(new Array(elementCount(shape)).fill(value), shape))
}

describe('stages of VoVNets', () => {
  it.each(Object.entries(STAGES))('%s: the gradient of the map and of every weight', async (_name, stage) => {
    const worst = await worstDeviation(gradientCase(stage))
    expect(worst.error, JSON.stringify(worst)).toBeLessThan(2e-3)
  })
})
