import { describe, expect, it } from 'vitest'
import { conv } from '../ops/conv.ts'
import { add, div, mul, relu } from '../ops/elementwise.ts'
import { concat, reshape, shapeOf, sizeMul, sizeOf } from '../ops/layout.ts'
import { float32, int64, zeros } from '../tensor/tensor.ts'
import { graph } from './graph.ts'
import { within } from './path.ts'
import { toOnnx } from './to-onnx.ts'
import { constant, constantTensor, input } from './value.ts'
import { verify } from './verify.ts'

describe('a graph', () => {
  it('holds what its outputs need and nothing else', () => {
    const x = input('x', 'float32', [2, 3])
    const used = relu(x)
    mul(used, 3)
    const { nodes, inputs } = graph({ y: used })
    expect(nodes.map((node) => node.op.name)).toEqual(['Relu'])
    expect(inputs).toEqual([x])
  })

  it('puts shared nodes once, before everything that needs them', () => {
    const x = input('x', 'float32', [2])
    const shared = relu(x)
    const g = graph({ y: add(mul(shared, shared), shared) })
    expect(g.nodes.map((node) => node.op.name)).toEqual(['Relu', 'Mul', 'Add'])
    expect(() => verify(g)).not.toThrow()
    expect(() => verify({ ...g, nodes: [...g.nodes].reverse() })).toThrow(/used before it is computed/)
  })

  it('refuses two inputs of one name', () => {
    const twice = add(input('x', 'float32', [2]), input('x', 'float32', [2]))
    expect(() => graph({ twice })).toThrow(/x: two inputs have one name/)
  })

  it('refuses an output named like an input that it is not', () => {
    const x = input('x', 'float32', [2])
    expect(() => graph({ x: relu(x) })).toThrow('x: an output has the name of an input. Rename one of them.')
    expect(() => graph({ y: relu(x), z: relu(x) }, [input('z', 'int64', [])])).toThrow(/^z: an output/)
    expect(graph({ x }).inputs).toEqual([x])
  })

  it('survives a chain far deeper than the call stack', () => {
    let y = input('x', 'float32', [1])
    for (let i = 0; i < 20_000; i++) y = add(y, y)
    expect(graph({ y }).nodes).toHaveLength(20_000)
  })
})

describe('errors while building', () => {
  it('name the path, the shapes that came, what was expected and what was got', () => {
    const x = input('x', 'float32', [1, 64, 'H', 'W'])
    const w = constant(zeros('float32', [8, 3, 3, 3]))
    const build = () => within('backbone', () => within('conv1', () => conv(x, w)))
    expect(build).toThrow(
      'backbone.conv1: Conv(float32[1, 64, H, W], float32[8, 3, 3, 3], nothing): input channels (weight [8, 3, 3, 3], group 1) do not agree; expected 3, got 64',
    )
  })

  it('leave the path as it was', () => {
    const a = input('a', 'float32', [2])
    const b = input('b', 'float32', [3])
    expect(() => within('head', () => add(a, b))).toThrow(/^head: Add.*\[2\] and \[3\] do not broadcast/)
    expect(() => add(a, b)).toThrow(/^graph: Add/)
  })
})

describe('shape arithmetic', () => {
  it('folds to constants where sizes are known', () => {
    const x = input('x', 'float32', [2, 3, 4])
    expect(sizeOf(x, 1)).toBe(3)
    expect(constantTensor(shapeOf(x))?.data).toEqual(BigInt64Array.from([2n, 3n, 4n]))
  })

  it('divides integers as the runtime does, toward zero', () => {
    const quotient = div(constant(int64([-3, 3, -1])), 2)
    expect(constantTensor(quotient)?.data).toEqual(BigInt64Array.from([-1n, 1n, 0n]))
  })

  it('carries symbols from a shape to a reshape', () => {
    const x = input('x', 'float32', [2, 'H', 'W'])
    const flat = reshape(x, [2, sizeMul(sizeOf(x, 1), sizeOf(x, 2))])
    expect(flat.shape).toEqual([2, '(H*W)'])
    expect(concat([x, x], 1).shape).toEqual([2, '(H+H)', 'W'])
    expect(reshape(flat, [-1]).shape).toEqual(['(2*H*W)'])
  })
})

describe('as ONNX', () => {
  it('keeps the names of inputs, outputs and named constants, and stores equal constants once', () => {
    const x = input('image', 'float32', [2])
    const w = constant(float32([1, 2]), 'weight')
    const y = within('head', () => add(mul(add(x, 3), 3), w))
    const { graph: proto } = toOnnx(graph({ scores: y, same: y, passed: x }))
    expect(proto.input.map((port) => port.name)).toEqual(['image'])
    expect(proto.output.map((port) => port.name)).toEqual(['scores', 'same', 'passed'])
    expect(proto.initializer.map((tensor) => tensor.name).sort()).toEqual(['constant', 'weight'])
    expect(proto.node.map((node) => node.name)).toContain('head/Add_1')
    expect(new Set(proto.node.map((node) => node.name)).size).toBe(proto.node.length)
  })
})
