import { expect, it } from 'vitest'
import type { FloatValue } from '../../src/autodiff/rule.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { bodyOf } from '../../src/models/bodies/bodies.ts'
import type { ParameterSpec } from '../../src/nn/init.ts'
import { FROZEN_BATCH_NORM } from '../../src/nn/norm.ts'
import { asInputs, rootScope } from '../../src/nn/scope.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import { float32 } from '../../src/tensor/tensor.ts'
import { type GradientCase, type InputSpec, worstDeviation } from './gradcheck.ts'

/** Between the bends of ReLU6, so that no step gets to one. */
const SHIFT = 3

/** Stages that begin with a halving convolution of 3 and of 5, on sides that are even and odd. */
function gradientCase(index: number, height: number, width: number): GradientCase {
  const body = bodyOf({ name: 'efficientnet_lite0', norm: FROZEN_BATCH_NORM, widthMultiplier: 0.125 })
  const wanted = asInputs()
  body.stage(rootScope(wanted.resolve, 'batch'), index)
  const params = [...wanted.specs.values()].filter(({ kind }) => kind === 'param')
  const x: InputSpec = {
    shape: [2, body.channels[index - 1], height, width],
    values: 'distinct',
    range: [0, 3],
  }
  const rangeOf = ({ shape }: ParameterSpec): InputSpec['range'] => {
    const bound = 0.5 / elementCount(shape.slice(1))
    return [-bound, bound]
  }
  return {
    name: '',
    inputs: [x, ...params.map((spec) => ({ shape: spec.shape, range: rangeOf(spec) }))],
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

it.each([
  ['3 x 3', 1, 5, 6],
  ['5 x 5', 2, 7, 4],
] as const)('%s, halving, in an EfficientNet-Lite', async (_kernel, index, height, width) => {
  const worst = await worstDeviation(gradientCase(index, height, width))
  expect(worst.error, JSON.stringify(worst)).toBeLessThan(2e-3)
})
