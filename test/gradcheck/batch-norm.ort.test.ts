import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/gradients.ts'
import { input, type Value } from '../../src/graph/value.ts'
import { batchNorm } from '../../src/nn/norm.ts'
import { rootScope } from '../../src/nn/scope.ts'
import { mul } from '../../src/ops/elementwise.ts'
import { reduceSum } from '../../src/ops/reduce.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { openGolden } from '../goldens.ts'
import { largestError } from '../parity/largest-error.ts'
import { runGraph } from '../run-graph.ts'

const CASE = 'nn-ops-a'

/** Recorded tensors that PyTorch's layer was given. */
const FEEDS = {
  x: 'x',
  weight: 'gn.w',
  bias: 'gn.b',
  running_mean: 'bn.mean',
  running_var: 'bn.var',
  outGradient: 'bn.grad_out',
}

describe('batch norm in training ', () => {
  it('has the output, running statistics and gradients of PyTorch', async () => {
    const golden = openGolden(CASE)
    const parameters = new Map<string, Value<'float32'>>()
    const scope = rootScope(({ name, shape }) => {
      const value = input(name, 'float32', shape)
      parameters.set(name, value)
      return value
    }, 'batch')
    const x = input('x', 'float32', ['N', 8, 'H', 'W'])
    const out = batchNorm(scope, 8, 1e-5)(x)
    const loss = reduceSum(mul(out, input('outGradient', 'float32', ['N', 8, 'H', 'W'])))
    const wrt = [x, parameters.get('weight'), parameters.get('bias')] as Value<'float32'>[]
    const [gradX, gradWeight, gradBias] = gradients(loss, wrt)
    const [mean, variance] = ['running_mean', 'running_var'].map((name) => scope.updates.get(name) as Value)
    const feeds = Object.fromEntries(
      Object.entries(FEEDS).map(([name, recorded]) => [name, golden.inputs.get(recorded) as Tensor]),
    )
    const result = await runGraph({ out, gradX, gradWeight, gradBias, mean, variance }, feeds)
    const errors = {
      out: largestError(golden, 'bn_train.out', result.out),
      mean: largestError(golden, 'bn_train.running_mean', result.mean),
      variance: largestError(golden, 'bn_train.running_var', result.variance),
      gradX: largestError(golden, 'bn_train.grad_x', result.gradX),
      gradWeight: largestError(golden, 'bn_train.grad_w', result.gradWeight),
      gradBias: largestError(golden, 'bn_train.grad_b', result.gradBias),
    }
    expect(Math.max(...Object.values(errors)), JSON.stringify(errors)).toBeLessThan(1e-5)
  })
})
