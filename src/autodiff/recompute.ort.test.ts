import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { graph } from '../graph/graph.ts'
import { within } from '../graph/path.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import { input, type Value } from '../graph/value.ts'
import { createSession } from '../node/session.ts'
import { encodeModel } from '../onnx/encode.ts'
import { exp, mul } from '../ops/elementwise.ts'
import { matMul } from '../ops/linear.ts'
import { reduceSum } from '../ops/reduce.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { gradients } from './gradients.ts'
import type { SegmentOf } from './recompute.ts'

const rows = input('rows', 'float32', ['N', 2])
const [first, second] = ['first', 'second'].map((name) => input(name, 'float32', [2, 2]))
const feeds = {
  rows: float32([0.1, 0.2, 0.3, -0.4], [2, 2]),
  first: float32([0.5, -1, 0.25, 2], [2, 2]),
  second: float32([1, 0.5, -0.5, 0.75], [2, 2]),
}

/** Two segments, each of a product and two exponentials. */
const block = (name: string, x: Value<'float32'>, w: Value<'float32'>) =>
  within(name, () => exp(exp(matMul(x, w))))
const loss = reduceSum(mul(block('b', block('a', mul(rows, 2), first), second), 0.5))
const segmentOf: SegmentOf = ({ path }) => (path === 'a' || path === 'b' ? path : undefined)

function slopes(segments?: SegmentOf): Record<string, Value> {
  const [ofFirst, ofSecond] = gradients(loss, [first, second], { segmentOf: segments })
  return { loss, ofFirst, ofSecond }
}

/** How many exponentials run, as the runtime has optimised the graph. */
async function exponentials(outputs: Record<string, Value>): Promise<number | undefined> {
  const session = await createSession(encodeModel(toOnnx(graph(outputs))), { profile: true, threads: 1 })
  try {
    await session.run(feeds)
    return (await session.profile!()).find(({ op }) => op === 'Exp')?.count
  } finally {
    await session.dispose()
  }
}

describe('segments that are computed again', () => {
  it('give the same gradients', async () => {
    const [kept, again] = [await runGraph(slopes(), feeds), await runGraph(slopes(segmentOf), feeds)]
    for (const name of ['loss', 'ofFirst', 'ofSecond'])
      expect([name, toNumbers(again[name])]).toEqual([name, toNumbers(kept[name])])
  })

  it('are not joined with the first time by the runtime, and keep what leaves them', async () => {
    expect(await exponentials(slopes())).toBe(4)
    // The inner one of each segment again; the outer one is what others are made of.
    expect(await exponentials(slopes(segmentOf))).toBe(6)
  })

  it('wait for the gradient that comes back', () => {
    const { nodes } = graph(slopes(segmentOf))
    const waits = nodes.filter(({ op, path }) => op.name === 'Reshape' && path === 'a.gradient')
    const reached = (value: Value | undefined): boolean =>
      value?.source.kind === 'node' &&
      (value.source.node.path === 'b.gradient' || value.source.node.inputs.some(reached))
    expect(waits.some(({ inputs }) => reached(inputs[1]))).toBe(true)
  })

  it('pass on NaN, and no rows', async () => {
    const bad = { ...feeds, rows: float32([Number.NaN, 0, 0, 0], [2, 2]) }
    const { ofFirst } = await runGraph(slopes(segmentOf), bad)
    expect(toNumbers(ofFirst)[0]).toBeNaN()
    const none = await runGraph(slopes(segmentOf), { ...feeds, rows: float32([], [0, 2]) })
    expect(toNumbers(none.ofFirst)).toEqual([0, 0, 0, 0])
  })
})
