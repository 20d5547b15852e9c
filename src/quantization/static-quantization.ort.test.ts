import { describe, expect, it } from 'vitest'
import { type Graph, graph } from '../graph/graph.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { createSession } from '../node/session.ts'
import { encodeModel } from '../onnx/encode.ts'
import { conv } from '../ops/conv.ts'
import { add, relu } from '../ops/elementwise.ts'
import { reshape, sizeOf } from '../ops/layout.ts'
import { gemm } from '../ops/linear.ts'
import { missingRows, withStandIn } from '../ops/stand-in.ts'
import { random } from '../tensor/random.ts'
import { type Tensor, tensor, toNumbers } from '../tensor/tensor.ts'
import type { CalibrationImage } from './calibration-run.ts'
import { quantizeStatically } from './static-quantization.ts'

type Float = Value<'float32'>

const { uniform } = random(5)
const SIZE = 8

function numbers(shape: readonly number[], scale = 1): Tensor<'float32'> {
  const count = shape.reduce((product, size) => product * size, 1)
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: count }, () => scale * (2 * uniform() - 1)),
  )
}

const x = input('x', 'float32', [1, 3, SIZE, SIZE])
const layer = (name: string, from: Float, [outputs, inputs]: readonly [number, number]) => {
  const weight = constant(numbers([outputs, inputs, 3, 3]), `${name}.weight`)
  return conv(from, weight, constant(numbers([outputs]), `${name}.bias`), { padding: 1 })
}
const images = (feeds: readonly Tensor[]): CalibrationImage[] =>
  feeds.map((feed, i) => ({ name: `image ${i}`, feeds: async () => ({ x: feed }) }))
const settings = { method: 'min-max', percentile: 100, leastSignal: 0 } as const

async function run(given: Graph, feed: Tensor, profile = false) {
  const session = await createSession(encodeModel(toOnnx(given)), { threads: 1, profile })
  try {
    const { y } = await session.run({ x: feed })
    return { y: toNumbers(y), ops: profile ? (await session.profile!()).map(({ op }) => op) : [] }
  } finally {
    await session.dispose()
  }
}

const between = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i])))

describe('static quantisation', () => {
  it('computes with eight bits, and errs no more than the steps of its levels', async () => {
    const given = graph({ y: layer('b', relu(layer('a', x, [4, 3])), [2, 4]) }, [x])
    const feed = numbers([1, 3, SIZE, SIZE])
    const quantized = await quantizeStatically(given, images([feed]), settings, { createSession })
    // Nothing reads what the second one says: it stays as it is.
    expect(quantized.layers).toEqual(['a'])
    expect(quantized.float).toEqual({ b: 'last' })
    const eight = await run(quantized.graph, feed, true)
    expect(eight.ops).toContain('QLinearConv')
    const exact = await run(given, feed)
    // Numbers of x and weights of a are at most 1: half a step of either, in 27 products, and half a step of what a says, which is
    // at most 27 + 1; then 36 products with weights of at most 1.
    const [stepX, stepWeight, stepA] = [2 / 255, 1 / 64, 28 / 255]
    const ofA = 27 * (stepX / 2 + stepWeight / 2 + (stepX * stepWeight) / 4) + stepA / 2
    const error = between(eight.y, exact.y)
    expect(error).toBeLessThan(36 * ofA)
    expect(error).toBeGreaterThan(0)
  })

  it('makes kernels of eight bits of sums and of products of matrices as well', async () => {
    const first = relu(layer('a', x, [4, 3]))
    const sum = relu(add(layer('b', first, [4, 4]), first))
    const rows = reshape(layer('c', sum, [4, 4]), [4, SIZE * SIZE])
    const linear = relu(gemm(rows, constant(numbers([SIZE * SIZE, 8]), 'd.weight')))
    const more = gemm(linear, constant(numbers([8, 8]), 'e.weight'))
    const given = graph({ y: gemm(more, constant(numbers([8, 2]), 'f.weight')) }, [x])
    const feed = numbers([1, 3, SIZE, SIZE])
    const quantized = await quantizeStatically(given, images([feed]), settings, { createSession })
    expect(quantized.layers).toEqual(['a', 'b', 'c', 'd', 'e'])
    const eight = await run(quantized.graph, feed, true)
    expect(eight.ops).toEqual(expect.arrayContaining(['QLinearConv', 'QLinearAdd', 'QGemm']))
    expect(eight.ops).not.toContain('Conv')
    const exact = await run(given, feed)
    const power = (values: readonly number[]) => values.reduce((total, value) => total + value * value, 0)
    expect(power(exact.y.map((value, i) => value - eight.y[i])) / power(exact.y)).toBeLessThan(3e-3)
  })

  it('adds what is largest, on processors that add pairs of products in 16 bits as well', async () => {
    const ones = (shape: readonly number[]) => {
      const count = shape.reduce((product, size) => product * size, 1)
      return tensor('float32', shape, new Float32Array(count).fill(1))
    }
    const all = relu(conv(x, constant(ones([4, 3, 3, 3]), 'a.weight'), constant(ones([4]), 'a.bias')))
    const given = graph({ y: layer('b', all, [2, 4]) }, [x])
    const feed = ones([1, 3, SIZE, SIZE])
    const { graph: quantized } = await quantizeStatically(given, images([feed]), settings, { createSession })
    const [eight, exact] = [await run(quantized, feed, true), await run(given, feed)]
    expect(eight.ops).toContain('QLinearConv')
    // 27 products of 1 and 1, and 1, are levels exactly.
    expect(between(eight.y, exact.y)).toBeLessThan(1e-3)
  })

  it('keeps in float32 what eight bits disturb', async () => {
    const given = graph({ y: layer('c', relu(layer('b', relu(layer('a', x, [4, 3])), [4, 4])), [2, 4]) }, [x])
    const feed = numbers([1, 3, SIZE, SIZE])
    const demanding = { ...settings, leastSignal: 200 }
    const { graph: same, float } = await quantizeStatically(given, images([feed]), demanding, {
      createSession,
    })
    expect(float).toEqual({ a: 'noise', b: 'noise', c: 'last' })
    expect((await run(same, feed)).y).toEqual((await run(given, feed)).y)
  })

  it('tells of numbers that are not finite, by image and layer', async () => {
    const given = graph({ y: layer('b', relu(layer('a', x, [4, 3])), [2, 4]) }, [x])
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const feed = numbers([1, 3, SIZE, SIZE])
      feed.data[100] = wrong
      const good = numbers([1, 3, SIZE, SIZE])
      await expect(
        quantizeStatically(given, images([good, feed]), settings, { createSession }),
      ).rejects.toThrow(/image 1.*no finite number/)
    }
  })

  it('takes what is always 0', async () => {
    const given = graph({ y: layer('b', relu(layer('a', x, [4, 3])), [2, 4]) }, [x])
    const feed = tensor('float32', [1, 3, SIZE, SIZE], new Float32Array(3 * SIZE * SIZE))
    const { graph: eight } = await quantizeStatically(given, images([feed]), settings, { createSession })
    expect(between((await run(eight, feed)).y, (await run(given, feed)).y)).toBeLessThan(0.2)
  })
  it('learns nothing of rows that stand in where there are none', async () => {
    const rows = input('x', 'float32', ['rows', 3, SIZE, SIZE])
    const row = constant(tensor('float32', [1, 3, SIZE, SIZE], new Float32Array(3 * SIZE * SIZE).fill(1e4)))
    const some = withStandIn([rows], row, missingRows(sizeOf(rows, 0)))
    const given = graph({ y: layer('b', relu(layer('a', some, [4, 3])), [2, 4]) }, [rows])
    const [none, one] = [numbers([0, 3, SIZE, SIZE]), numbers([1, 3, SIZE, SIZE])]
    const unseen = await quantizeStatically(given, images([none]), settings, { createSession })
    expect(unseen.float).toEqual({ a: 'unseen', b: 'last' })
    const quantized = await quantizeStatically(given, images([one, none]), settings, { createSession })
    const alone = await quantizeStatically(given, images([one]), settings, { createSession })
    expect(quantized.layers).toEqual(['a'])
    expect((await run(quantized.graph, one)).y).toEqual((await run(alone.graph, one)).y)
  })
})
