import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/gradients.ts'
import { graph } from '../../src/graph/graph.ts'
import { toOnnx } from '../../src/graph/to-onnx.ts'
import { constant, input, type Value } from '../../src/graph/value.ts'
import { createSession } from '../../src/node/session.ts'
import { encodeModel } from '../../src/onnx/encode.ts'
import { add, mul } from '../../src/ops/elementwise.ts'
import { gather, gatherElements, gatherND, ScatterND, scatterElements } from '../../src/ops/gather.ts'
import { emitOne } from '../../src/ops/infer.ts'
import { reduceSum } from '../../src/ops/reduce.ts'
import { int64, tensor, toNumbers, zeros } from '../../src/tensor/tensor.ts'

const ROWS = 100_352
const TARGETS = 50
const COLUMNS = 256

/** Sums of ones, `ROWS` rows spread over `TARGETS` rows by repeated indices: how many of the sums are wrong. */
async function wrongSums(sums: Value, threads: number): Promise<number> {
  const session = await createSession(encodeModel(toOnnx(graph({ sums }))), { threads })
  const targets = Array.from({ length: ROWS }, (_, row) => row % TARGETS)
  const expected = new Float64Array(TARGETS)
  for (const target of targets) expected[target]++
  const feeds: Record<string, ReturnType<typeof tensor>> = {
    updates: tensor('float32', [ROWS, COLUMNS], new Float32Array(ROWS * COLUMNS).fill(1)),
    rows: zeros('float32', [TARGETS, COLUMNS]),
    targets: int64(targets, [ROWS, 1]),
    picked: int64(targets),
  }
  const wanted = session.inputs.map(({ name }) => [name, feeds[name]] as const)
  const { sums: found } = await session.run(Object.fromEntries(wanted))
  await session.dispose()
  return toNumbers(found).filter((sum, i) => sum !== expected[Math.floor(i / COLUMNS)]).length
}

const updates = input('updates', 'float32', [ROWS, COLUMNS])
const targets = input('targets', 'int64', [ROWS, 1])
const empty = constant(zeros('float32', [TARGETS, COLUMNS]))
const racing = emitOne(ScatterND, [empty, targets, updates], { reduction: 'add' })

describe('adding at repeated indices', () => {
  it('is right with ScatterND on one thread', async () => {
    expect(await wrongSums(racing, 1)).toBe(0)
  })

  it('still races with ScatterND on two threads (when this fails the runtime was mended, and ScatterND may be used)', async () => {
    let wrong = 0
    for (let run = 0; run < 20 && wrong === 0; run++) wrong = await wrongSums(racing, 2)
    expect(wrong).toBeGreaterThan(0)
  })

  it('is right in our gradients on two threads', async () => {
    const rows = input('rows', 'float32', [TARGETS, COLUMNS])
    const picked = gather(rows, input('picked', 'int64', [ROWS]))
    const [sums] = gradients(reduceSum(mul(picked, updates)), [rows])
    expect(await wrongSums(sums, 2)).toBe(0)
  })
})

it('no gradient contains ScatterND with a reduction', () => {
  const x = input('x', 'float32', ['N', 'C'])
  const long = input('long', 'float32', ['N', 64, 'C'])
  const at = (name: string, rank: number) => input(name, 'int64', new Array(rank).fill('K'))
  const losses = [
    reduceSum(gather(x, at('a', 1))),
    reduceSum(gatherElements(x, at('b', 2), 1)),
    reduceSum(gatherND(x, input('c', 'int64', ['K', 2]))),
    reduceSum(gather(long, at('d', 2), 1)),
    reduceSum(scatterElements(x, at('e', 2), x, { axis: 0, reduction: 'add' })),
  ]
  const slopes = gradients(
    losses.reduce((sum, loss) => add(sum, loss)),
    [x, long],
  )
  const { node } = toOnnx(graph({ ofX: slopes[0], ofLong: slopes[1] })).graph
  const scatters = node.filter(({ opType }) => opType === 'ScatterND')
  expect(
    scatters.filter(({ attribute }) => attribute.some(({ s }) => s && s.length > 0 && `${s}` !== 'none')),
  ).toEqual([])
  expect(node.some(({ opType }) => opType === 'ScatterElements')).toBe(true)
})
