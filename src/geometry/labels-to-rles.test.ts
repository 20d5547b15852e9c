import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelsToRles, rlesToLabels } from './labels-to-rles.ts'
import { decodeRle, encodeRle } from './rle.ts'

const sizes = fc.record({ height: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 9 }) })
const maps = sizes.chain((size) => {
  const pixels = { minLength: size.height * size.width, maxLength: size.height * size.width }
  const labels = fc.array(fc.constantFrom(0, 0, 1, 2, 7, 70_000), pixels)
  return fc.record({ size: fc.constant(size), labels })
})

describe('all masks of a label map', () => {
  it('are the runs worked by hand', () => {
    // Columns, top to bottom: 1 1 | 0 2 | 2 1. Label 1: 0 off, 2 on, 3 off, 1 on; label 2: 3 off, 2 on, 1 off.
    const rles = labelsToRles([1, 0, 2, 1, 2, 1], { height: 2, width: 3 })
    expect([...rles]).toEqual([
      [1, { size: [2, 3], counts: [0, 2, 3, 1] }],
      [2, { size: [2, 3], counts: [3, 2, 1] }],
    ])
  })

  it('are what one bitmap a label gives', () => {
    fc.assert(
      fc.property(maps, ({ size, labels }) => {
        const found = [...new Set(labels)].filter((label) => label > 0).sort((a, b) => a - b)
        const expected = found.map((label) => [
          label,
          encodeRle(
            labels.map((l) => l === label),
            size,
          ),
        ])
        expect([...labelsToRles(Uint32Array.from(labels), size)]).toEqual(expected)
      }),
    )
  })

  it('fill a label map again', () => {
    fc.assert(
      fc.property(maps, ({ size, labels }) => {
        const rles = labelsToRles(labels, size)
        const names = [0, ...rles.keys()]
        const painted = rlesToLabels([...rles.values()], size)
        expect([...painted.labels].map((label) => names[label])).toEqual(labels)
        expect(painted.hidden.every((count) => count === 0)).toBe(true)
      }),
    )
  })

  it('refuse another number of labels', () => {
    expect(() => labelsToRles([1, 2, 3], { height: 2, width: 2 })).toThrow(
      'labels do not fill their size; expected 4 labels for [2, 2], got 3',
    )
  })
})

describe('painting masks', () => {
  it('lays later ones on top and counts what they hide', () => {
    const size = { height: 2, width: 3 }
    const rows = (text: string) => encodeRle([...text.replaceAll(' ', '')].map(Number), size)
    const { labels, hidden } = rlesToLabels([rows('111 111'), rows('110 000'), rows('010 010')], size)
    expect([...labels]).toEqual([2, 3, 1, 1, 3, 1])
    // Of the first mask two pixels go to the second and one to the third, which also takes one of the second.
    expect([...hidden]).toEqual([3, 1, 0])
  })

  it('agrees with bitmaps laid over each other', () => {
    const stacks = sizes.chain((size) => {
      const length = size.height * size.width
      const bitmap = fc.array(fc.boolean(), { minLength: length, maxLength: length })
      return fc.record({ size: fc.constant(size), bitmaps: fc.array(bitmap, { maxLength: 4 }) })
    })
    fc.assert(
      fc.property(stacks, ({ size, bitmaps }) => {
        const rles = bitmaps.map((bitmap) => encodeRle(bitmap, size))
        const { labels, hidden } = rlesToLabels(rles, size)
        const top = [...labels.keys()].map((at) => bitmaps.findLastIndex((bitmap) => bitmap[at]) + 1)
        expect([...labels]).toEqual(top)
        rles.forEach((rle, i) => {
          const area = decodeRle(rle).filter(Boolean).length
          expect(hidden[i]).toBe(area - top.filter((label) => label === i + 1).length)
        })
      }),
    )
  })

  it('refuses a mask of another size', () => {
    expect(() => rlesToLabels([encodeRle([1], { height: 1, width: 1 })], { height: 1, width: 2 })).toThrow(
      'masks[0]: mask has another size than the label map; expected [1, 2], got [1, 1]',
    )
  })
})
