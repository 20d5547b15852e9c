import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { batchNorm, convNorm, groupNorm } from './norm.ts'
import { asInputs, fromTensors, rootScope } from './scope.ts'

describe('batch norm', () => {
  const scope = () =>
    rootScope(
      fromTensors(
        new Map(
          Object.entries({ weight: 1, bias: 0.5, running_mean: 0, running_var: 1 }).map(([name, value]) => [
            name,
            float32([value]),
          ]),
        ),
      ),
      'batch',
    )

  it('keeps an unbiased running variance', async () => {
    const place = scope()
    batchNorm(place, 1, 1e-5)(constant(float32([1, 3], [1, 1, 1, 2])))
    const out = await runGraph(Object.fromEntries(place.updates))
    // Mean 2, squares 1 + 1 over 2 - 1: 0.9 * 1 + 0.1 * 2.
    expect(toNumbers(out.running_var)[0]).toBeCloseTo(1.1, 6)
    expect(toNumbers(out.running_mean)[0]).toBeCloseTo(0.2, 6)
  })

  it('stays a number over a single value, which has no spread', async () => {
    const place = scope()
    const y = batchNorm(place, 1, 1e-5)(constant(float32([4], [1, 1, 1, 1])))
    const out = await runGraph({ y, ...Object.fromEntries(place.updates) })
    // 0.9 * 1 + 0.1 * 0; the value itself is its mean and leaves the bias.
    expect(toNumbers(out.running_var)[0]).toBeCloseTo(0.9, 6)
    expect(toNumbers(out.y)).toEqual([0.5])
  })
})

it('a batch norm at work takes the statistics that training kept, wherever it stands', async () => {
  const tensors = { 'c.weight': 2, 'n.weight': 3, 'n.bias': 0.5, 'n.running_mean': 4, 'n.running_var': 9 }
  const named = Object.entries(tensors).map(
    ([name, value]) => [`head.${name}`, float32([value], name === 'c.weight' ? [1, 1, 1, 1] : [1])] as const,
  )
  const scope = rootScope(fromTensors(new Map(named)), 'running')
  const options = {
    in: 1,
    out: 1,
    kernel: 1,
    conv: 'c',
    normName: 'n',
    norm: { kind: 'batchNorm', epsilon: 0 },
  } as const
  const y = convNorm(scope.child('head'), options)(constant(float32([1, 5], [1, 1, 1, 2])))
  // (2 x - 4) / 3 * 3 + 0.5; the batch's own statistics would give 0.5 - 3 and 0.5 + 3.
  expect(toNumbers((await runGraph({ y })).y)).toEqual([-1.5, 6.5])
  expect(scope.updates.size).toBe(0)
})

it('group norm names channels and groups that do not go together', () => {
  expect(() => groupNorm(rootScope(asInputs().resolve, 'batch').child('body.bn1'), 8, 32, 1e-5)).toThrow(
    'body.bn1: channels cannot be split into groups of one size; expected a number of groups that divides 8 channels, got 32. Set groups of the norm',
  )
})
