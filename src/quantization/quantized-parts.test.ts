import { expect, it } from 'vitest'
import { graph } from '../graph/graph.ts'
import { within } from '../graph/path.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { conv } from '../ops/conv.ts'
import { add, relu, sigmoid } from '../ops/elementwise.ts'
import { concat } from '../ops/layout.ts'
import { maxPool } from '../ops/pool.ts'
import { resize } from '../ops/resize.ts'
import { zeros } from '../tensor/tensor.ts'
import { lastLayers, layersOf } from './layers.ts'
import { quantizedParts } from './quantized-parts.ts'

type Float = Value<'float32'>

const x = input('x', 'float32', [1, 4, 8, 8])
const layer = (name: string, from: Float, inputs = 4) =>
  within(name, () => conv(from, constant(zeros('float32', [4, inputs, 1, 1]), `${name}.weight`)))
const nodesOf = (given: ReturnType<typeof graph>, except: readonly string[] = []) =>
  layersOf(given)
    .filter(({ name }) => !except.includes(name))
    .flatMap(({ nodes }) => nodes)
const opsOf = (nodes: Iterable<{ readonly op: { readonly name: string } }>) =>
  [...nodes].map(({ op }) => op.name).sort()

it('quantises layers with the Relu after them, and sums between', () => {
  const first = relu(layer('a', x))
  const second = layer('b', first)
  const sum = relu(add(second, first))
  const given = graph({ y: sigmoid(layer('c', sum)) }, [x])
  const { nodes, values, made } = quantizedParts(given, nodesOf(given, ['c']))
  expect(opsOf(nodes)).toEqual(['Conv', 'Conv'])
  expect([...made]).toEqual([first, second])
  // Once the last layer reads it, the sum is computed with eight bits as well.
  const all = quantizedParts(given, nodesOf(given))
  expect(opsOf(all.nodes)).toEqual(['Add', 'Conv', 'Conv', 'Conv'])
  expect(all.made.has(sum)).toBe(true)
  expect(values.has(sum)).toBe(false)
})

it('gives what is only moved the levels that it had', () => {
  const low = layer('a', x)
  const pooled = maxPool(low, { kernel: 2, stride: 2 })
  const high = layer('b', pooled)
  const larger = resize(high, { height: 8, width: 8, mode: 'nearest' })
  const sum = add(low, larger)
  const given = graph({ y: layer('c', concat([sum, low], 1), 8) }, [x])
  const { nodes, values } = quantizedParts(given, nodesOf(given))
  expect(opsOf(nodes)).toEqual(['Add', 'Concat', 'Conv', 'Conv', 'Conv', 'MaxPool', 'Resize'])
  expect(values.get(pooled)).toBe(low)
  expect(values.get(larger)).toBe(high)
  expect(values.get(sum)).toBe(sum)
})

it('leaves sums in float32 that are of float32', () => {
  const stem = relu(x)
  const gated = sigmoid(layer('a', stem))
  const sum = add(gated, stem)
  const given = graph({ y: layer('b', sum) }, [x])
  const { nodes, made } = quantizedParts(given, nodesOf(given))
  expect(opsOf(nodes)).toEqual(['Conv', 'Conv'])
  expect(made.has(sum)).toBe(false)
})

it('knows layers whose results no other layer reads as they stand', () => {
  const trunk = relu(layer('trunk', x))
  const gate = sigmoid(layer('gate', trunk))
  const head = relu(layer('head', add(trunk, gate)))
  const given = graph({ y: sigmoid(layer('logits', head)), boxes: layer('boxes', head) }, [x])
  const last = lastLayers(given, layersOf(given))
  expect([...last].map(({ name }) => name).sort()).toEqual(['boxes', 'gate', 'logits'])
})

it('takes the nodes of one weight as one layer', () => {
  const weight = constant(zeros('float32', [4, 4, 1, 1]), 'shared.weight')
  const given = graph({ y: add(conv(x, weight), conv(relu(x), weight)) }, [x])
  expect(layersOf(given).map(({ name, nodes }) => [name, nodes.length])).toEqual([['shared', 2]])
})
