import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { foldConstants } from '../graph/fold-constants.ts'
import { type Graph, graph } from '../graph/graph.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { createSession } from '../node/session.ts'
import { conv, convTranspose } from '../ops/conv.ts'
import { add, mul, relu } from '../ops/elementwise.ts'
import { gemm } from '../ops/linear.ts'
import { elementCount } from '../tensor/shape.ts'
import { float32, type Tensor, toNumbers } from '../tensor/tensor.ts'
import { foldNorms } from './fold-norms.ts'
import { frozenBatchNorm } from './norm.ts'
import { fromTensors, rootScope } from './scope.ts'

/** Numbers of both signs, none of them special. */
function wave(shape: readonly number[], seed: number): Tensor<'float32'> {
  return float32(
    Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(seed + 1.7 * i)),
    shape,
  )
}
const weights = (shape: readonly number[], seed: number) => constant(wave(shape, seed))

/** A batch norm at work of `channels`, after anything of rank 4. */
function norm(channels: number) {
  const parts = ['weight', 'bias', 'running_mean', 'running_var'].map((name, i): [string, Tensor] => {
    const values = wave([channels], i)
    return [name, name === 'running_var' ? float32(values.data.map((value) => value + 2)) : values]
  })
  return frozenBatchNorm(rootScope(fromTensors(new Map(parts)), 'running'), channels, 1e-5)
}

const image = input('x', 'float32', [2, 4, 'H', 'W'])
const rows = input('x', 'float32', ['N', 4])

async function folded(outputs: Readonly<Record<string, Value>>): Promise<Graph> {
  const fixed = await foldConstants(graph(outputs), createSession)
  return foldConstants(foldNorms(fixed), createSession)
}

const layers: [string, Value, number[]][] = [
  ['a convolution', norm(6)(conv(image, weights([6, 4, 3, 3], 5))), [2, 4, 5, 7]],
  ['one with a bias', norm(6)(conv(image, weights([6, 4, 1, 1], 5), weights([6], 6))), [2, 4, 5, 7]],
  ['one of groups', norm(8)(conv(image, weights([8, 1, 3, 3], 5), undefined, { groups: 4 })), [2, 4, 5, 7]],
  [
    'a transposed one',
    norm(3)(convTranspose(image, weights([4, 3, 2, 2], 5), weights([3], 6), { stride: 2 })),
    [2, 4, 5, 7],
  ],
  [
    'a product',
    add(
      mul(gemm(rows, weights([3, 4], 5), { c: weights([3], 6), transB: true }), weights([3], 7)),
      weights([1, 3], 8),
    ),
    [5, 4],
  ],
  ['a product without bias', add(mul(gemm(rows, weights([4, 3], 5)), 0.3), 2), [5, 4]],
]

describe('a norm with fixed statistics', () => {
  it.each(layers)('becomes part of %s', async (_, y, shape) => {
    const { nodes, outputs } = await folded({ y })
    expect(nodes).toHaveLength(1)
    const x = wave(shape, 3)
    const [found, expected] = [await runGraph(outputs, { x }), await runGraph({ y }, { x })]
    expect(found.y.shape).toEqual(expected.y.shape)
    const wanted = toNumbers(expected.y)
    for (const [i, value] of toNumbers(found.y).entries())
      expect(Math.abs(value - wanted[i])).toBeLessThan(1e-5)
  })

  it('stays where weights are shared, the result is read elsewhere, or it is another for each place', async () => {
    const weight = weights([4, 4, 1, 1], 5)
    const once = conv(image, weight)
    const names = async (outputs: Readonly<Record<string, Value>>) =>
      (await folded(outputs)).nodes.map(({ op }) => op.name)
    expect(await names({ y: mul(once, 2), z: relu(once) })).toEqual(['Conv', 'Mul', 'Relu'])
    const shared = { y: mul(conv(image, weight), 2), z: mul(conv(relu(image), weight), 3) }
    expect(await names(shared)).toEqual(['Conv', 'Mul', 'Relu', 'Conv', 'Mul'])
    expect(await names({ y: add(conv(image, weight), weights([5, 7], 1)) })).toEqual(['Conv', 'Add'])
    const grouped = convTranspose(image, weights([4, 2, 2, 2], 5), undefined, { groups: 2 })
    expect(await names({ y: mul(grouped, weights([4, 1, 1], 1)) })).toEqual(['ConvTranspose', 'Mul'])
  })
})
