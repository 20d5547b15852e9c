import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { gradients } from '../autodiff/gradients.ts'
import { graph } from '../graph/graph.ts'
import { printGraph } from '../graph/print.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import { constant, input } from '../graph/value.ts'
import { verify } from '../graph/verify.ts'
import { decodeModel } from '../onnx/decode.ts'
import { encodeModel } from '../onnx/encode.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { add, cast, less, mul } from './elementwise.ts'
import { sizeOf, unsqueeze } from './layout.ts'
import { loop } from './loop.ts'
import { reduceSum } from './reduce.ts'

/** Doubles x until its sum is 100, and keeps the sums. */
function doubled(most: number) {
  const x = input('x', 'float32', ['n'])
  const { state, kept } = loop(most, [x] as const, ([now]) => {
    const next = mul(now, 2)
    return { state: [next] as const, goesOn: less(reduceSum(next), 100), kept: [reduceSum(next)] }
  })
  return { last: state[0], sums: kept[0] }
}

describe('a loop', () => {
  it('goes on while it says so, and keeps a value of each iteration', async () => {
    const { last, sums } = await runGraph(doubled(1000), { x: float32([1, 5]) })
    expect(toNumbers(last)).toEqual([32, 160])
    expect(toNumbers(sums)).toEqual([12, 24, 48, 96, 192])
  })

  it('ends after as many iterations as it may have, at once where that is none', async () => {
    const two = await runGraph(doubled(2), { x: float32([1, 5]) })
    expect([toNumbers(two.last), toNumbers(two.sums)]).toEqual([
      [4, 20],
      [12, 24],
    ])
    const none = await runGraph(doubled(0), { x: float32([1, 5]) })
    expect([toNumbers(none.last), none.sums.shape]).toEqual([[1, 5], [0]])
  })

  it('takes the number of iterations from a size, and passes on what it does not change', async () => {
    const rows = input('rows', 'float32', ['n', 2])
    const { state } = loop(sizeOf(rows, 0), [rows, constant(float32([0, 0]))] as const, ([own, sum]) => ({
      state: [own, add(sum, reduceSum(own, [0]))] as const,
      goesOn: less(reduceSum(sum), 1e9),
      kept: [],
    }))
    const { sum } = await runGraph({ sum: state[1] }, { rows: float32([1, 2, 3, 4, 5, 6], [3, 2]) })
    expect(toNumbers(sum)).toEqual([27, 36])
  })

  it('may stand in a loop, under names of its own', async () => {
    const x = input('x', 'float32', [])
    const { state } = loop(3, [x] as const, ([outer]) => {
      const inner = loop(2, [outer] as const, ([now]) => ({
        state: [add(now, 1)] as const,
        goesOn: less(now, 1e9),
        kept: [],
      }))
      return { state: [mul(inner.state[0], 2)] as const, goesOn: less(outer, 1e9), kept: [] }
    })
    const { y } = await runGraph({ y: state[0] }, { x: float32([1], []) })
    // (1 + 2) 2 = 6, (6 + 2) 2 = 16, (16 + 2) 2 = 36.
    expect(toNumbers(y)).toEqual([36])
  })

  it('is checked, printed and read back from a file with its body', () => {
    const g = graph(doubled(3))
    expect(() => verify(g)).not.toThrow()
    expect(printGraph(g)).toMatch(/Loop\(.*body: .*Mul/s)
    const { graph: proto } = decodeModel(encodeModel(toOnnx(g)))
    const body = proto.node
      .find(({ opType }) => opType === 'Loop')!
      .attribute.find(({ name }) => name === 'body')!
    expect(body.g!.node.map(({ opType }) => opType)).toContain('Mul')
    expect(body.g!.output).toHaveLength(3)
  })

  it('refuses values from outside, and a state that changes its type', () => {
    const [x, y] = [input('x', 'float32', ['n']), input('y', 'float32', ['n'])]
    const goesOn = less(reduceSum(constant(float32([1]))), 2)
    expect(() =>
      loop(2, [x] as const, ([now]) => ({ state: [add(now, y)] as const, goesOn, kept: [] })),
    ).toThrow('y: the body of a loop uses a value from outside. Hand it in as part of the state.')
    const changed = ([now]: readonly [typeof x]) => ({
      state: [cast(now, 'int64')] as never,
      goesOn,
      kept: [],
    })
    expect(() => loop(2, [x] as const, changed)).toThrow("part 0 of a loop's state changes its type")
    const grown = ([now]: readonly [typeof x]) => ({ state: [unsqueeze(now, 0)] as never, goesOn, kept: [] })
    expect(() => loop(2, [x] as const, grown)).toThrow('expected float32 of rank 1, got float32 of rank 2')
  })

  it('has no gradient, and says so', () => {
    const { last: x, sums } = doubled(3)
    const of = x.source.kind === 'node' ? x.source.node.inputs[2]! : x
    expect(() => gradients(reduceSum(sums as typeof x), [of as typeof x])).toThrow('a loop has no gradient')
  })
})
