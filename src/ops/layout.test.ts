import { describe, expect, it } from 'vitest'
import { input } from '../graph/value.ts'
import { emitOne, scalar } from './infer.ts'
import { END, pad, reshape, sizeOf, sizeSub, slice } from './layout.ts'
import { Resize } from './resize.ts'

describe('reshape', () => {
  it.each([
    ['three of four', 4, [3]],
    ['three rows of four', 4, [3, -1]],
    ['eight of four', 4, [8]],
  ])('refuses to make %s', (_what, count, shape) => {
    expect(() => reshape(input('x', 'float32', [count]), shape)).toThrow(/element counts differ/)
  })

  it('keeps none as none', () => {
    expect(reshape(input('x', 'float32', [0, 3]), [0]).shape).toEqual([0])
  })
})

describe('a slice of a symbol', () => {
  const x = input('x', 'float32', ['N', 3])

  it.each([
    [0, 1],
    [4, 5],
    [-1, END],
    [-3, -2],
  ])('from %i to %i has one row', (start, end) => {
    expect(slice(x, 0, start, end).shape).toEqual([1, 3])
  })

  it('of more rows has no more than there are', () => {
    expect(slice(x, 0, 0, 2).shape).toEqual(['min(2,N)', 3])
    expect(slice(x, 0, -2).shape).toEqual(['(N-(N-2))', 3])
    expect(slice(x, 0, -1, 0).shape[0]).not.toBe(1)
  })
})

describe('sizes that only the run knows', () => {
  it('are never taken to be equal: paddings', () => {
    const x = input('x', 'float32', ['N'])
    const padded = ['m', 'n'].map((name) => pad(x, [0], [input(name, 'int64', [1])], scalar('float32', 0)))
    const [a, b] = padded.map((value) => sizeOf(value, 0))
    expect(typeof sizeSub(a, b)).not.toBe('number')
    expect(sizeSub(a, b)).not.toHaveProperty('source.kind', 'constant')
  })

  it('are never taken to be equal: resizes, both axes of one too', () => {
    const x = input('x', 'float32', [1, 3, 'H', 'H'])
    const target = (name: string) => input(name, 'int64', [4])
    const attributes = {
      mode: 'nearest',
      coordinateTransformationMode: 'asymmetric',
      nearestMode: 'floor',
      cubicCoeffA: -0.75,
    }
    const dims = ['a', 'b'].flatMap((name) =>
      emitOne(Resize, [x, undefined, undefined, target(name)], attributes).shape.slice(2),
    )
    expect(new Set(dims).size).toBe(4)
  })
})
