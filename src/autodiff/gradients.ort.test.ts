import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { GradientError } from '../errors.ts'
import { graph } from '../graph/graph.ts'
import { defineOp } from '../graph/op.ts'
import { within } from '../graph/path.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { conv } from '../ops/conv.ts'
import { add, cast, exp, floor, greater, mul, relu, stopGradient, sub, where } from '../ops/elementwise.ts'
import { gather, scatterElements } from '../ops/gather.ts'
import { emitOne } from '../ops/infer.ts'
import { Pad, sizes, slice } from '../ops/layout.ts'
import { matMul } from '../ops/linear.ts'
import { maxPool } from '../ops/pool.ts'
import { reduceSum } from '../ops/reduce.ts'
import { float32, int64, toNumbers } from '../tensor/tensor.ts'
import { gradients } from './gradients.ts'

const x = input('x', 'float32', [3])
const X = float32([1, -2, 3])

async function slopesOf(loss: Value, wrt: readonly Value<'float32'>[], feeds = {}): Promise<number[][]> {
  const found = gradients(loss, wrt)
  const result = await runGraph(Object.fromEntries(found.map((value, i) => [`g${i}`, value])), feeds)
  return found.map((_, i) => toNumbers(result[`g${i}`]))
}

describe('the walk', () => {
  it('adds what comes back over several ways', async () => {
    // d/dx sum(x x + 3 x + x) = 2 x + 4
    const loss = reduceSum(add(add(mul(x, x), mul(x, 3)), x))
    expect(await slopesOf(loss, [x], { x: X })).toEqual([[6, 0, 10]])
  })

  it('sums a broadcast value back to its shape, over symbols too', async () => {
    const b = input('b', 'float32', ['N', 1])
    const c = input('c', 'float32', ['N', 2, 'M'])
    const feeds = {
      b: float32([1, 2], [2, 1]),
      c: float32([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 2, 3]),
    }
    // b [2, 1] stands against axis 1 of c, so its gradient sums c over axes 0 and 2: 1+2+3+7+8+9 and 4+5+6+10+11+12
    const matched = input('b', 'float32', [2, 1])
    expect(await slopesOf(reduceSum(mul(matched, c)), [matched], feeds)).toEqual([[30, 48]])
    expect(gradients(reduceSum(mul(b, b)), [b])[0].shape).toEqual(['N', 1])
  })

  it('refuses at run time a symbol fed as 1 that was repeated, rather than give a gradient of another shape', async () => {
    const b = input('b', 'float32', ['N'])
    const c = input('c', 'float32', [3])
    const [ofB] = gradients(reduceSum(mul(b, c)), [b])
    const run = (values: number[]) => runGraph({ ofB }, { b: float32(values), c: float32([1, 2, 3]) })
    expect(toNumbers((await run([4, 5, 6])).ofB)).toEqual([1, 2, 3])
    await expect(run([4])).rejects.toThrow()
  })

  it("takes the gradient that an op of one's own brings, whatever its name is", async () => {
    const Relu = defineOp({
      name: 'Relu',
      infer: ([of]) => [{ dtype: of!.dtype, shape: of!.shape }],
      // Not the derivative of a ReLU: 10 everywhere.
      gradient: ({ gradOutputs: [g] }) => [mul(g!, 10)],
    })
    const Own = defineOp({ name: 'constructor', infer: ([of]) => [{ dtype: of!.dtype, shape: of!.shape }] })
    expect(await slopesOf(reduceSum(emitOne(Relu, [x], {})), [x])).toEqual([[10, 10, 10]])
    expect(() => gradients(reduceSum(emitOne(Own, [x], {})), [x])).toThrow(GradientError)
  })

  it('gives the loss itself, values in the middle, and zeros where nothing depends', async () => {
    const y = mul(x, 2)
    const loss = reduceSum(mul(y, y))
    const other = input('other', 'float32', ['N', 2])
    const [ofLoss, ofMiddle, ofInput, ofOther] = await slopesOf(loss, [loss, y, x, other], {
      x: X,
      other: float32([1, 2, 3, 4], [2, 2]),
    })
    expect({ ofLoss, ofMiddle, ofInput, ofOther }).toEqual({
      ofLoss: [1],
      ofMiddle: [4, -8, 12],
      ofInput: [8, -16, 24],
      ofOther: [0, 0, 0, 0],
    })
  })

  it('ends at stopGradient, steps, integers and comparisons', async () => {
    const whole = cast(cast(x, 'int64'), 'float32')
    const chosen = where(greater(x, 0), x, 0)
    // Only the last factor has a slope: stopGradient(x) + floor(x) + int(x) = 3 x here.
    const loss = reduceSum(mul(add(add(stopGradient(x), floor(x)), whole), chosen))
    expect(await slopesOf(loss, [x], { x: X })).toEqual([[3, 0, 9]])
  })

  it('visits only what lies between the values and the loss', () => {
    const w = input('w', 'float32', [3, 3])
    const images = input('images', 'float32', [2, 3])
    const loss = reduceSum(exp(matMul(relu(images), w)))
    const ops = graph({ slope: gradients(loss, [w])[0] }).nodes.map((node) => node.op.name)
    // One product forward and one back: the gradient of the images is not computed.
    expect(ops.filter((name) => name === 'MatMul' || name === 'Gemm')).toEqual(['MatMul', 'Gemm'])
    expect(ops).not.toContain('Greater')
  })

  it('names nodes after those they belong to', () => {
    const y = within('backbone', () => within('conv1', () => exp(x)))
    const [slope] = gradients(reduceSum(mul(y, y)), [x])
    const { nodes } = graph({ slope })
    expect(nodes.map((node) => node.path)).toContain('backbone.conv1.gradient')
  })

  it('can be walked again: second derivatives', async () => {
    // d2/dx2 sum(x^3) = 6 x
    const [first] = gradients(reduceSum(mul(mul(x, x), x)), [x])
    expect(await slopesOf(reduceSum(first), [x], { x: X })).toEqual([[6, -12, 18]])
  })

  it('is exact for no rows, matrices or images at all', async () => {
    const rows = input('rows', 'float32', ['R', 3])
    const w = input('w', 'float32', [3, 2])
    const loss = reduceSum(relu(matMul(rows, w)))
    const feeds = { rows: float32([], [0, 3]), w: float32([1, 2, 3, 4, 5, 6], [3, 2]) }
    expect(await slopesOf(loss, [rows, w], feeds)).toEqual([[], [0, 0, 0, 0, 0, 0]])
    const matrices = input('rows', 'float32', ['R', 4, 3])
    const ofMatrices = await slopesOf(reduceSum(exp(matMul(matrices, w))), [w], {
      ...feeds,
      rows: float32([], [0, 4, 3]),
    })
    expect(ofMatrices).toEqual([[0, 0, 0, 0, 0, 0]])
    const images = input('images', 'float32', ['N', 1, 4, 4])
    const kernel = input('kernel', 'float32', [1, 1, 2, 2])
    const ofKernel = await slopesOf(reduceSum(exp(conv(images, kernel))), [images, kernel], {
      images: float32([], [0, 1, 4, 4]),
      kernel: float32([1, 2, 3, 4], [1, 1, 2, 2]),
    })
    expect(ofKernel).toEqual([[], [0, 0, 0, 0]])
  })
})

describe('maxPool', () => {
  it('gives the gradient of a window to its first maximum', async () => {
    const map = input('map', 'float32', [1, 1, 4, 4])
    const y = maxPool(map, { kernel: 3, stride: 2, padding: 1 })
    const weights = constant(float32([1, 10, 100, 1000], [1, 1, 2, 2]))
    const loss = reduceSum(mul(y, weights))
    // All equal: every window chooses its first element inside the map (rows and columns -1 are padding).
    const equal = await slopesOf(loss, [map], { map: float32(new Array(16).fill(2), [1, 1, 4, 4]) })
    expect(equal).toEqual([[1, 10, 0, 0, 100, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    // 7 stands at (1, 1), seen by all four windows, and again at (1, 2), seen after it.
    const twice = float32([0, 1, 2, 3, 4, 7, 7, 5, 6, 1, 2, 3, 0, 1, 2, 3], [1, 1, 4, 4])
    expect(await slopesOf(loss, [map], { map: twice })).toEqual([
      [0, 0, 0, 0, 0, 1111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ])
  })
})

describe('errors', () => {
  const loss = reduceSum(x)

  it('asks for a scalar float loss', () => {
    expect(() => gradients(mul(x, 2), [x])).toThrow(
      'only a scalar float has gradients; expected float32[], got float32[3]. Reduce the loss with reduceSum or reduceMean.',
    )
    expect(() => gradients(reduceSum(cast(x, 'int64')), [x])).toThrow(GradientError)
  })

  it('refuses gradients with respect to integers', () => {
    const labels = input('labels', 'int64', [3])
    expect(() => gradients(loss, [labels as unknown as Value<'float32'>])).toThrow(
      'there is no gradient with respect to integers; got int64[3]',
    )
  })

  it('names the node whose op has no rule', () => {
    const Invented = defineOp<Record<never, never>>({
      name: 'Invented',
      infer: ([value]) => [{ dtype: 'float32', shape: (value as Value).shape }],
    })
    const y = within('head', () => emitOne(Invented, [x], {}))
    expect(() => gradients(reduceSum(y), [x])).toThrow(
      'head: the gradient of Invented was asked for and does not exist. Put stopGradient before it, or give the op a gradient.',
    )
  })

  it('names the node whose attributes its rule does not serve', () => {
    const reflected = within('head', () => emitOne(Pad, [x, sizes([1, 1])], { mode: 'reflect' as const }))
    expect(() => gradients(reduceSum(reflected), [x])).toThrow(
      'head: Pad: padding of mode "reflect" has no gradient. Pad with a constant.',
    )
  })

  it('does not ask ops that are not on the way', () => {
    const reflected = emitOne<'float32', { mode: string }>(Pad, [x, sizes([1, 1])], { mode: 'reflect' })
    const y = sub(x, slice(stopGradient(reflected), 0, 0, 3))
    expect(() => gradients(reduceSum(y), [x])).not.toThrow()
  })
})

describe('repeated indices', () => {
  it('add up exactly, by a product and by scattering', async () => {
    const rows = input('rows', 'float32', [5, 16])
    const open = input('open', 'float32', ['N', 'C'])
    const indices = input('indices', 'int64', ['K'])
    const repeated = int64([0, 3, 3, -2, 3])
    // Counts per row: 0 once, 3 (also as -2) four times.
    const counts = [1, 0, 0, 4, 0].flatMap((count) => new Array<number>(16).fill(count))
    const data = float32(new Array(80).fill(1), [5, 16])
    const loss = (value: Value<'float32'>) => reduceSum(gather(value, indices))
    expect(await slopesOf(loss(rows), [rows], { rows: data, indices: repeated })).toEqual([counts])
    expect(await slopesOf(loss(open), [open], { open: data, indices: repeated })).toEqual([counts])
  })

  it('added to a value, pass the gradient to value and updates', async () => {
    const updates = input('updates', 'float32', [4])
    const at = constant(int64([1, 1, 0, 1]))
    const y = scatterElements(x, at, updates, { axis: 0, reduction: 'add' })
    const weights = constant(float32([1, 10, 100]))
    expect(await slopesOf(reduceSum(mul(y, weights)), [x, updates])).toEqual([
      [1, 10, 100],
      [10, 10, 1, 10],
    ])
  })
})
