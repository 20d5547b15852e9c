import { describe, expect, it } from 'vitest'
import { add, mul, neg, relu, sub } from '../ops/elementwise.ts'
import { reduceMax } from '../ops/reduce.ts'
import { float32 } from '../tensor/tensor.ts'
import { graph } from './graph.ts'
import { lower } from './lower.ts'
import { mergeEqual } from './merge-equal.ts'
import { within } from './path.ts'
import { rewrite } from './rewrite.ts'
import { constant, input, type Value } from './value.ts'
import { verify } from './verify.ts'

const x = input('x', 'float32', [2, 'N'])
const names = ({ nodes }: { readonly nodes: readonly { readonly op: { readonly name: string } }[] }) =>
  nodes.map(({ op }) => op.name)

describe('rewriting', () => {
  it('replaces what the rule answers under its path, what the rule makes as well, and keeps order and names', () => {
    const given = within('head', () => graph({ y: add(neg(sub(x, 3)), relu(x)), passed: x }, [x]))
    // a - b becomes a + -b, and -b becomes b * -1: the second rule sees what the first one made.
    const changed = rewrite(given, ({ op }, [a, b]) => {
      if (op.name === 'Sub') return [add(a as Value<'float32'>, neg(b as Value<'float32'>))]
      if (op.name === 'Neg') return [mul(a as Value<'float32'>, -1)]
      return undefined
    })
    expect(names(changed)).toEqual(['Mul', 'Add', 'Mul', 'Relu', 'Add'])
    expect(new Set(changed.nodes.map(({ path }) => path))).toEqual(new Set(['head']))
    expect(Object.keys(changed.outputs)).toEqual(['y', 'passed'])
    expect(changed.outputs.y.shape).toEqual([2, 'N'])
    expect(changed.outputs.passed).toBe(x)
    expect(() => verify(changed)).not.toThrow()
    expect(names(given)).toEqual(['Sub', 'Neg', 'Relu', 'Add'])
  })

  it('puts values in the place of others, and drops what only they needed', () => {
    const scaled = relu(mul(x, 2))
    const given = graph({ y: add(scaled, 1), z: neg(x) }, [x])
    const three = neg(constant(float32([3, 3], [2, 1])))
    const changed = rewrite(given, () => undefined, new Map([[scaled, three]]))
    expect(names(changed)).toEqual(['Neg', 'Add', 'Neg'])
    expect(changed.nodes[1].inputs[0]).toBe(three)
    expect(() => verify(changed)).not.toThrow()
  })

  it('leaves a graph that no rule answers as it is, node for node', () => {
    const given = graph({ y: relu(neg(x)) })
    expect(rewrite(given, () => undefined).nodes).toEqual(given.nodes)
  })

  it('lowers ops to what the target has', () => {
    const given = graph({ y: reduceMax(x, [1]) })
    const inputsOf = (opset: number) =>
      lower(given, { roiAlign: 'gather', opset }).nodes.map((node) => node.inputs.length)
    expect([inputsOf(17), inputsOf(18)]).toEqual([[1], [2]])
  })
})

describe('merging', () => {
  it('computes once what is computed twice from equal values, and nothing else', () => {
    const twice = add(mul(relu(x), 2), mul(relu(x), 2))
    const other = add(reduceMax(x, [0]), reduceMax(x, [0], { keepDims: true }))
    const merged = mergeEqual(graph({ twice, other }))
    expect(names(merged)).toEqual(['Relu', 'Mul', 'Add', 'ReduceMax', 'ReduceMax', 'Add'])
    const [, doubled, sum] = merged.nodes
    expect(sum.inputs).toEqual([doubled.outputs[0], doubled.outputs[0]])
  })
})
