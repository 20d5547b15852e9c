import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { ShapeError } from '../errors.ts'
import { constant, input, type Value } from '../graph/value.ts'
import { conv } from '../ops/conv.ts'
import { random } from '../tensor/random.ts'
import { elementCount } from '../tensor/shape.ts'
import { float32, type Tensor, toNumbers, zeros } from '../tensor/tensor.ts'
import { deformConv, deformConv2d } from './deform-conv.ts'
import { asInputs, rootScope } from './scope.ts'

const draw = random(3)
const drawn = (shape: number[]): Tensor<'float32'> =>
  float32(
    Array.from({ length: elementCount(shape) }, () => draw.uniform() - 0.5),
    shape,
  )

async function expectSame(ours: Value, theirs: Value, feeds: Record<string, Tensor> = {}) {
  const { a, b } = await runGraph({ a: ours, b: theirs }, feeds)
  expect(a.shape).toEqual(b.shape)
  const expected = toNumbers(b)
  for (const [i, value] of toNumbers(a).entries()) expect(Math.abs(value - expected[i])).toBeLessThan(1e-5)
}

describe('deformConv', () => {
  it.each([
    { kernel: [3, 3], groups: 1, options: { padding: 1 } },
    { kernel: [3, 2], groups: 2, options: { stride: 2, padding: 2 } },
    { kernel: [2, 3], groups: 4, options: { dilation: 2, padding: 1, stride: 3 } },
  ])('is a convolution where nothing is moved: %o', async ({ kernel: [rows, columns], groups, options }) => {
    const feeds = { x: drawn([2, 4, 9, 11]) }
    const x = input('x', 'float32', ['N', 4, 'H', 'W'])
    const weight = constant(drawn([8, 4 / groups, rows, columns]))
    const bias = constant(drawn([8]))
    const plain = conv(x, weight, bias, { ...options, groups })
    const { height, width } = await runGraph({ plain }, feeds).then(({ plain: { shape } }) => ({
      height: shape[2],
      width: shape[3],
    }))
    const offset = constant(zeros('float32', [2, 2 * 2 * rows * columns, height, width]))
    await expectSame(deformConv(x, { weight, bias, offset }, { ...options, groups }), plain, feeds)
  })

  it('reads between cells, and nothing outside', async () => {
    const x = constant(float32([1, 2, 3, 4], [1, 1, 2, 2]))
    const weight = constant(float32([1], [1, 1, 1, 1]))
    // Down, then right, at (0, 0), (0, 1), (1, 0), (1, 1).
    const offset = constant(float32([0.5, -0.5, 0.25, 1, 0.5, 0, 1e9, 1], [1, 2, 2, 2]))
    const { out } = await runGraph({ out: deformConv(x, { weight, offset }) })
    // Between all four; half of 2 above the border; 0.25 of the way beyond 3 and 1e9 away; a whole cell off.
    expect(toNumbers(out)).toEqual([2.5, 1, 0, 0])
  })

  it('moves each group of channels and each tap by its own offset, times its own factor', async () => {
    const x = constant(float32([1, 2, 3, 10, 20, 30], [1, 2, 1, 3]))
    const weight = constant(float32([1, 100, 1, 100], [1, 2, 1, 2]))
    // One row, two taps, two groups: channels are (group, tap, axis). Two places.
    const right = [
      [0, 0],
      [1, 0],
      [1, 1],
      [-1, 0],
    ]
    const offset = constant(
      float32(
        right.flatMap((moved) => [0, 0, ...moved]),
        [1, 8, 1, 2],
      ),
    )
    const mask = constant(float32([1, 1, 1, 0.5, 1, 0, 1, 1], [1, 4, 1, 2]))
    const { plain, masked } = await runGraph({
      plain: deformConv(x, { weight, offset }),
      masked: deformConv(x, { weight, offset, mask }),
    })
    // Place 0: 1 + 100 * 3 + 20 + 100 * 10; place 1: 2 + 100 * 3 + 30 + 100 * 30.
    expect(toNumbers(plain)).toEqual([1321, 3332])
    expect(toNumbers(masked)).toEqual([1321, 2 + 150 + 0 + 3000])
  })

  it('names the part that does not fit', () => {
    const of = (...shape: number[]) => constant(zeros('float32', shape))
    const x = of(1, 4, 5, 5)
    const weight = of(6, 4, 3, 3)
    const offset = of(1, 18, 5, 5)
    const at = { padding: 1 }
    expect(() => deformConv(of(1, 3, 5, 5), { weight, offset }, at)).toThrow(ShapeError)
    expect(() => deformConv(of(1, 3, 5, 5), { weight, offset }, at)).toThrow('x: ')
    expect(() => deformConv(x, { weight, offset: of(1, 17, 5, 5) }, at)).toThrow(
      'offset: a part of a deformable convolution does not fit; expected 18 channels for each of its groups, got [1, 17, 5, 5]',
    )
    expect(() => deformConv(x, { weight, offset: of(1, 54, 5, 5) }, at)).toThrow('offset: ')
    expect(() => deformConv(x, { weight, offset, mask: of(1, 18, 5, 5) }, at)).toThrow('mask: ')
    expect(() => deformConv(x, { weight: of(5, 2, 3, 3), offset }, { groups: 2 })).toThrow('weight: ')
  })
})

it('deformConv2d has the weights of conv2d', () => {
  const wanted = asInputs()
  const layer = deformConv2d(rootScope(wanted.resolve, 'batch').child('conv'), {
    in: 4,
    out: 6,
    kernel: 3,
    padding: 1,
  })
  const out = layer(input('x', 'float32', [1, 4, 5, 5]), { offset: input('o', 'float32', [1, 18, 5, 5]) })
  expect(out.shape).toEqual([1, 6, 5, 5])
  expect([...wanted.specs.values()].map(({ name, shape }) => `${name} ${shape}`)).toEqual([
    'conv.weight 6,4,3,3',
    'conv.bias 6',
  ])
})
