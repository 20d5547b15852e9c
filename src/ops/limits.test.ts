import { describe, expect, it } from 'vitest'
import { within } from '../graph/path.ts'
import { constant, input } from '../graph/value.ts'
import { float32, int64 } from '../tensor/tensor.ts'
import { conv, convTranspose } from './conv.ts'
import { add, and, cast, equal, less, mul, not } from './elementwise.ts'
import { gather, gatherElements } from './gather.ts'
import { emitOne, scalar } from './infer.ts'
import { expand, Range, shapeOf } from './layout.ts'
import { gemm } from './linear.ts'
import { softmax } from './normalize.ts'
import { maxPool } from './pool.ts'
import { reduceMean, reduceSum } from './reduce.ts'
import { resizeByScale } from './resize.ts'
import { roiAlign } from './roi-align.ts'
import { topK } from './select.ts'

const vector = input('vector', 'float32', [3])
const map = input('map', 'float32', [1, 2, 4, 4])
const open = input('open', 'float32', ['N', 2, 'H', 'W'])
const weight = input('weight', 'float32', [3, 2, 1, 1])

describe('constants', () => {
  it.each([
    ['uint8', 300, 'an integer from 0 to 255'],
    ['int8', -129, 'an integer from -128 to 127'],
    ['int32', 2 ** 31, 'an integer from -2147483648 to 2147483647'],
    ['int64', 0.5, 'an integer of 64 bits'],
    ['int64', 2 ** 63, 'an integer of 64 bits'],
    ['bool', 2, '0 or 1'],
    ['uint8', Number.NaN, 'an integer from 0 to 255'],
  ] as const)('%s does not hold %d', (dtype, value, expected) => {
    expect(() => within('head', () => scalar(dtype, value))).toThrow(
      `head: a number does not fit its dtype ${dtype}; expected ${expected}, got ${value}`,
    )
  })

  it('are told at the operator that wants them', () => {
    const count = input('count', 'int64', [])
    expect(() => within('head', () => mul(count, 0.5))).toThrow(
      /^head: .*expected an integer of 64 bits, got 0.5/,
    )
    expect(() => int64([1, 1.5])).toThrow('element 1: int64 holds integers only; got 1.5')
  })

  it('hold the ends of their dtype', () => {
    const ends = [scalar('uint8', 255), scalar('int8', -128), scalar('int64', -(2 ** 63)), scalar('bool', 1)]
    expect(ends.map(({ source }) => source.kind === 'constant' && Number(source.tensor.data[0]))).toEqual([
      255,
      -128,
      -(2 ** 63),
      1,
    ])
  })
})

describe('sizes that cannot be', () => {
  it.each([
    ['more of the largest than there are', () => topK(vector, 5), /TopK.*expected at most 3, got 5/],
    [
      'three outputs in two groups',
      () => conv(map, input('w', 'float32', [3, 1, 1, 1]), undefined, { groups: 2 }),
      /Conv.*expected a multiple of 2, got 3/,
    ],
    [
      'a stride of 0',
      () => conv(map, weight, undefined, { stride: 0 }),
      /Conv.*stride.*expected an integer from 1, got 0/,
    ],
    ['a stride of 0 over symbols', () => conv(open, weight, undefined, { stride: 0 }), /Conv.*stride/],
    ['a pool of stride 0', () => maxPool(map, { kernel: 2, stride: 0 }), /MaxPool.*stride/],
    [
      'a transposed stride of 0',
      () => convTranspose(map, input('w', 'float32', [2, 1, 2, 2]), undefined, { stride: 0 }),
      /ConvTranspose.*stride/,
    ],
    [
      'more padding than a transposed convolution gives',
      () =>
        convTranspose(input('x', 'float32', [1, 1, 1, 1]), input('w', 'float32', [1, 1, 3, 3]), undefined, {
          padding: 2,
        }),
      /ConvTranspose.*expected a size of at least 1, got -1/,
    ],
    [
      'an index behind the end',
      () => gather(vector, constant(int64([0, 7]))),
      /Gather.*expected -3 to 2, got 7/,
    ],
    [
      'an index before the start',
      () => gather(vector, scalar('int64', -4)),
      /Gather.*expected -3 to 2, got -4/,
    ],
    [
      'a dim that a shape lacks',
      () => gather(shapeOf(open), scalar('int64', 4)),
      /Gather.*expected -4 to 3, got 4/,
    ],
    [
      'an element behind the end',
      () => gatherElements(vector, constant(int64([3])), 0),
      /GatherElements.*expected -3 to 2, got 3/,
    ],
    [
      'a map without rows',
      () => resizeByScale(input('x', 'float32', [1, 1, 1, 4]), { scale: 0.5, mode: 'nearest' }),
      /expected a size of at least 1, got 0/,
    ],
  ])('are refused: %s', (_what, build, message) => {
    expect(build).toThrow(message)
  })

  it.each([
    [
      'a shape that a value cannot take',
      () => expand(input('x', 'float32', [2, 3]), [2, 4]),
      /Expand.*expected 3, got 4/,
    ],
    [
      'a C of another width than the product',
      () =>
        gemm(input('a', 'float32', [2, 3]), input('b', 'float32', [3, 4]), { c: input('c', 'float32', [5]) }),
      /Gemm/,
    ],
    [
      'a C with more rows than the product',
      () =>
        gemm(input('a', 'float32', [1, 3]), input('b', 'float32', [3, 4]), {
          c: input('c', 'float32', [2, 4]),
        }),
      /Gemm.*C and the product/,
    ],
    ['floats for truths', () => and(vector as never, vector as never), /And.*expected bool, got float32/],
    ['truths for numbers', () => less(not(equal(vector, 0)) as never, 0), /Less.*got bool/],
    ['an axis reduced twice', () => reduceSum(map, [1, -3]), /reduced twice; got \[1, -3\]/],
    [
      'an axis that is not there',
      () => within('head', () => softmax(map, 5)),
      /^head: axis is outside the value; expected -4 to 3, got 5/,
    ],
    ['numbers alone', () => within('head', () => add(1 as never, 2)), /^head: an operation of two numbers/],
    [
      'an infinite integer',
      () => within('head', () => cast(constant(float32([Number.POSITIVE_INFINITY])), 'int64')),
      /^head: .*got Infinity/,
    ],
    [
      'no maps',
      () =>
        roiAlign(
          { features: [], rois: input('r', 'float32', ['R', 4]), batchIndices: input('b', 'int64', ['R']) },
          { outputSize: [7, 7], spatialScales: [], samplingRatio: 2, aligned: false },
        ),
      /no maps/,
    ],
  ])('are refused while building: %s', (_what, build, message) => {
    expect(build).toThrow(message)
  })

  it('are counted as ONNX counts them', () => {
    const numbers = (from: number, to: number, step: number) =>
      emitOne(Range, [scalar('int64', from), scalar('int64', to), scalar('int64', step)], {}).shape
    // 0 2 4; 0 2; 5 3 1; none.
    expect([numbers(0, 5, 2), numbers(0, 4, 2), numbers(5, 0, -2), numbers(3, 0, 1)]).toEqual([
      [3],
      [2],
      [3],
      [0],
    ])
    expect(reduceSum(map, []).shape).toEqual([1, 2, 4, 4])
    expect(reduceMean(map, [])).toBe(map)
  })

  it('are not assumed of symbols', () => {
    expect(gather(open, scalar('int64', 7)).shape).toEqual([2, 'H', 'W'])
    expect(topK(open, 5, { axis: 0 }).values.shape).toEqual([5, 2, 'H', 'W'])
  })
})
