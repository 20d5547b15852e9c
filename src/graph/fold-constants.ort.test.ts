import { expect, it } from 'vitest'
import { createSession } from '../node/session.ts'
import { conv } from '../ops/conv.ts'
import { add, mul, sqrt } from '../ops/elementwise.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { foldConstants } from './fold-constants.ts'
import { graph } from './graph.ts'
import { within } from './path.ts'
import { constant, constantTensor, input } from './value.ts'

it('computes what depends on constants alone, once, under the name of its module', async () => {
  const x = input('x', 'float32', [1, 1, 'H', 'W'])
  const four = constant(float32([4], [1, 1, 1, 1]), 'bn.weight')
  const given = within('backbone.conv1', () => {
    const weight = mul(sqrt(four), 3)
    return graph({ y: add(conv(x, weight), sqrt(four)), w: weight }, [x])
  })
  const { nodes, constants, outputs } = await foldConstants(given, createSession)
  expect(nodes.map(({ op }) => op.name)).toEqual(['Conv', 'Add'])
  expect(toNumbers(constantTensor(outputs.w)!)).toEqual([6])
  expect(nodes[0].inputs[1]).toBe(outputs.w)
  const named = constants.map(({ source }) => (source.kind === 'constant' ? source.name : undefined))
  expect(named).toContain('backbone.conv1.weight')
  expect(named).not.toContain('bn.weight')
})

it('leaves a graph without such nodes as it is', async () => {
  const x = input('x', 'float32', [2])
  const given = graph({ y: add(x, 1) })
  expect(await foldConstants(given, () => Promise.reject(new Error('not needed')))).toBe(given)
})
