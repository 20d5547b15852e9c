import { describe, expect, it } from 'vitest'
import { GraphError, WeightError } from '../errors.ts'
import { constantTensor } from '../graph/value.ts'
import { float32, numberToFloat16, tensor } from '../tensor/tensor.ts'
import { ONES, ZEROS } from './init.ts'
import { asInputs, fromTensors, rootScope } from './scope.ts'

describe('scope', () => {
  it('names parameters by their path and gives one value for one name', () => {
    const wanted = asInputs()
    const scope = rootScope(wanted.resolve, 'batch').child('head').child('conv.0')
    const weight = scope.param('weight', [2], ONES, 'weight')
    expect(scope.param('weight', [2], ONES, 'weight')).toBe(weight)
    scope.buffer('running_mean', [3], ZEROS)
    expect([...wanted.specs.keys()]).toEqual(['head.conv.0.weight', 'head.conv.0.running_mean'])
    expect(wanted.specs.get('head.conv.0.running_mean')!.kind).toBe('buffer')
    expect(wanted.inputs.get('head.conv.0.weight')).toBe(weight)
  })

  it('refuses one name with two shapes', () => {
    const scope = rootScope(asInputs().resolve, 'batch')
    scope.param('weight', [2], ONES, 'weight')
    expect(() => scope.param('weight', [3], ONES, 'weight')).toThrow(GraphError)
    expect(() => scope.param('weight', [3], ONES, 'weight')).toThrow('weight: one parameter is asked for')
  })

  it('refuses one name for what is trained and what is not', () => {
    const scope = rootScope(asInputs().resolve, 'batch')
    scope.param('weight', [2], ONES, 'weight')
    expect(() => scope.buffer('weight', [2], ONES)).toThrow(
      'weight: one name is asked for as a parameter and as a buffer',
    )
  })

  it('freezes parts by their whole names, which are at work even in training', () => {
    const wanted = asInputs()
    const root = rootScope(wanted.resolve, 'batch', { frozen: ['body.layer1', 'body.conv1.weight'] })
    const body = root.child('body')
    for (const name of ['layer1', 'layer10', 'conv1']) body.child(name).param('weight', [1], ONES, 'weight')
    body.child('layer1.bn1').param('bias', [1], ONES, 'norm')
    const frozen = [...wanted.specs.values()].filter(({ isFrozen }) => isFrozen)
    expect(frozen.map(({ name }) => name)).toEqual([
      'body.layer1.weight',
      'body.conv1.weight',
      'body.layer1.bn1.bias',
    ])
    const statistics = [root, body, body.child('layer10'), body.child('layer1'), body.child('layer1.bn1')]
    expect(statistics.map((scope) => scope.statistics)).toEqual([
      'batch',
      'batch',
      'batch',
      'running',
      'running',
    ])
  })

  it('collects new statistics under full names', () => {
    const scope = rootScope(asInputs().resolve, 'batch')
    const value = scope.param('x', [1], ONES, 'norm')
    scope.child('bn').update('running_mean', value)
    expect(scope.updates.get('bn.running_mean')).toBe(value)
  })
})

describe('fromTensors', () => {
  it('keeps half floats as they lie, and has the runtime turn them into float32', () => {
    const half = tensor('float16', [2], Uint16Array.from([0.5, -3], numberToFloat16))
    const value = fromTensors(new Map([['w', half]]))({
      ...{ name: 'w', shape: [2], init: ONES, role: 'weight', kind: 'param' },
    })
    expect(value.dtype).toBe('float32')
    const node = value.source.kind === 'node' ? value.source.node : undefined
    expect(node?.op.name).toBe('Cast')
    expect(constantTensor(node!.inputs[0]!)).toBe(half)
  })

  it('names what is missing and what has another shape', () => {
    const scope = rootScope(fromTensors(new Map([['a.w', float32([1, 2])]])), 'batch')
    expect(() => scope.param('b', [1], ONES, 'weight')).toThrow(WeightError)
    expect(() => scope.param('b', [1], ONES, 'weight')).toThrow(/^b: the weights lack/)
    expect(() => scope.child('a').param('w', [3], ONES, 'weight')).toThrow(
      /^a\.w: .*expected \[3\], got \[2\]/,
    )
  })
})
