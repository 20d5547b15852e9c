/** Everything done on runs is done again pixel by pixel, in the plainest way, and must agree. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Box, Size } from '../src/geometry/boxes.ts'
import { maskToPolygons } from '../src/geometry/contour.ts'
import { polygonsToRle, polygonToRle } from '../src/geometry/polygon.ts'
import {
  compressRle,
  decodeRle,
  decompressRle,
  encodeRle,
  type Rle,
  rleArea,
  rleToBox,
} from '../src/geometry/rle.ts'
import { cropRle } from '../src/geometry/rle-crop.ts'
import { flipRle, turnRle } from '../src/geometry/rle-flip.ts'
import { rleIouMatrix } from '../src/geometry/rle-iou.ts'
import { complementRle, mergeRles, subtractRle } from '../src/geometry/rle-merge.ts'
import { resizeRle } from '../src/geometry/rle-resize.ts'

type Bitmap = number[]
interface Sized {
  size: Size
  masks: Bitmap[]
}

/** Noise, rectangles (runs that fill columns), nothing and everything; sides may be 0 or 1. */
const bitmapOf = ({ height, width }: Size): fc.Arbitrary<Bitmap> => {
  const n = height * width
  const bit = fc.integer({ min: 0, max: 1 })
  const edge = fc.integer({ min: -1, max: 12 })
  const rectangle = fc
    .tuple(edge, edge, edge, edge)
    .map(([x1, y1, x2, y2]) =>
      pixels({ height, width }, (x, y) => (x >= x1 && x < x2 && y >= y1 && y < y2 ? 1 : 0)),
    )
  return fc.oneof(
    fc.array(bit, { minLength: n, maxLength: n }),
    fc.tuple(rectangle, rectangle).map(([a, b]) => a.map((value, i) => value ^ b[i])),
    bit.map((value) => new Array<number>(n).fill(value)),
  )
}
const side = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 12 }))
const sizes = fc.record({ height: side, width: side })
const sized = (count: number): fc.Arbitrary<Sized> =>
  sizes.chain((size) =>
    fc.record({
      size: fc.constant(size),
      masks: fc.array(bitmapOf(size), { minLength: count, maxLength: count }),
    }),
  )

function pixels({ height, width }: Size, value: (x: number, y: number) => number): Bitmap {
  return Array.from({ length: height * width }, (_, i) => value(i % width, Math.floor(i / width)))
}

/** Runs counted one pixel at a time, down the columns. */
function runsOf(bitmap: Bitmap, { height, width }: Size): Rle {
  const down = pixels({ height: width, width: height }, (y, x) => bitmap[y * width + x])
  const counts = [0]
  down.forEach((value, i) => {
    if (value !== (i === 0 ? 0 : down[i - 1])) counts.push(0)
    counts[counts.length - 1]++
  })
  return { size: [height, width], counts }
}

const check = (count: number, holds: (one: Sized) => void, numRuns = 300) =>
  fc.assert(fc.property(sized(count), holds), { numRuns })

describe('masks in three forms', () => {
  it('are the same mask', () => {
    check(1, ({ size, masks: [bitmap] }) => {
      const rle = encodeRle(bitmap, size)
      expect(rle).toEqual(runsOf(bitmap, size))
      expect([...decodeRle(rle)]).toEqual(bitmap)
      expect([...decompressRle(compressRle(rle)).counts]).toEqual(rle.counts)
      expect(decodeRle(decompressRle(compressRle(rle)))).toEqual(decodeRle(rle))
    })
  })

  it('carry runs of any length', () => {
    const runs = fc.array(fc.oneof(fc.nat(40), fc.nat(2 ** 32 - 1)), { maxLength: 30 })
    fc.assert(
      fc.property(runs, (counts) => {
        const rle = { size: [1, counts.reduce((a, b) => a + b, 0)] as const, counts }
        expect([...decompressRle(compressRle(rle)).counts]).toEqual(counts)
      }),
      { numRuns: 300 },
    )
  })

  it('come back from their outlines', () => {
    check(1, ({ size, masks: [bitmap] }) => {
      const mask = encodeRle(bitmap, size)
      const pieces = maskToPolygons(mask).map(({ outer, holes }) =>
        subtractRle(polygonToRle(outer, size), polygonsToRle(holes, size)),
      )
      // The order of pieces cannot matter: what lies in the hole of one is a piece of its own.
      const nothing = encodeRle(new Uint8Array(bitmap.length), size)
      expect(mergeRles([nothing, ...pieces])).toEqual(mask)
    })
  })
})

describe('sets of pixels', () => {
  const combine = (a: Bitmap, b: Bitmap, with_: (a: number, b: number) => number) =>
    a.map((value, i) => with_(value, b[i]))

  it('merge, subtract and complement', () => {
    check(5, ({ size, masks }) => {
      const rles = masks.map((bitmap) => encodeRle(bitmap, size))
      const all = (with_: (a: number, b: number) => number) => masks.reduce((a, b) => combine(a, b, with_))
      expect(mergeRles(rles)).toEqual(
        runsOf(
          all((a, b) => a | b),
          size,
        ),
      )
      expect(mergeRles(rles, 'intersection')).toEqual(
        runsOf(
          all((a, b) => a & b),
          size,
        ),
      )
      const less = combine(masks[0], masks[1], (a, b) => a & (1 - b))
      expect(subtractRle(rles[0], rles[1])).toEqual(runsOf(less, size))
      expect(complementRle(rles[0])).toEqual(
        runsOf(
          masks[0].map((value) => 1 - value),
          size,
        ),
      )
      expect(complementRle(complementRle(rles[0]))).toEqual(rles[0])
    })
  })

  it('have an area, a box and overlaps', () => {
    check(4, ({ size, masks }) => {
      const rles = masks.map((bitmap) => encodeRle(bitmap, size))
      const count = (bitmap: Bitmap) => bitmap.reduce((sum, value) => sum + value, 0)
      masks.forEach((bitmap, i) => {
        expect(rleArea(rles[i])).toBe(count(bitmap))
        const at = bitmap.flatMap((value, p) => (value ? [[p % size.width, Math.floor(p / size.width)]] : []))
        const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)]
        expect(rleToBox(rles[i])).toEqual(
          at.length === 0
            ? [0, 0, 0, 0]
            : [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1],
        )
      })
      const [crowd, plain] = [true, false]
      const expected = masks.slice(0, 2).flatMap((a) =>
        [crowd, plain].map((isCrowd, g) => {
          const b = masks[2 + g]
          const shared = count(combine(a, b, (p, q) => p & q))
          return shared === 0 ? 0 : shared / (isCrowd ? count(a) : count(combine(a, b, (p, q) => p | q)))
        }),
      )
      expect([...rleIouMatrix(rles.slice(0, 2), rles.slice(2), [crowd, plain])]).toEqual(expected)
    })
  })

  it('of different sizes do not mix', () => {
    const [a, b] = [encodeRle([1, 0], { height: 1, width: 2 }), encodeRle([1, 0], { height: 2, width: 1 })]
    expect(mergeRles([a, b])).toEqual({ size: [0, 0], counts: [] })
    expect(() => subtractRle(a, b)).toThrow('expected size [1, 2], got [2, 1]')
    expect(() => rleIouMatrix([a], [b], [false])).toThrow('expected size [2, 1], got [1, 2]')
  })
})

describe('cropRle', () => {
  it('cuts out and pads', () => {
    const corner = fc.integer({ min: -4, max: 15 })
    const extent = fc.integer({ min: 0, max: 15 })
    fc.assert(
      fc.property(sized(1), corner, corner, extent, extent, ({ size, masks: [bitmap] }, x1, y1, w, h) => {
        const box: Box = [x1, y1, x1 + w, y1 + h]
        const cut = pixels({ height: h, width: w }, (x, y) => {
          const [sourceX, sourceY] = [x + x1, y + y1]
          const inside = sourceX >= 0 && sourceY >= 0 && sourceX < size.width && sourceY < size.height
          return inside ? bitmap[sourceY * size.width + sourceX] : 0
        })
        expect(cropRle(encodeRle(bitmap, size), box)).toEqual(runsOf(cut, { height: h, width: w }))
      }),
      { numRuns: 500 },
    )
  })

  it('refuses corners between pixels and boxes inside out', () => {
    const mask = encodeRle([1], { height: 1, width: 1 })
    expect(() => cropRle(mask, [0, 0, 0.5, 1])).toThrow('got [0, 0, 0.5, 1]')
    expect(() => cropRle(mask, [1, 0, 0, 1])).toThrow('x1 <= x2')
    expect(() => cropRle({ size: [2, 2], counts: [5] }, [0, 0, 1, 1])).toThrow('do not fill it')
  })
})

describe('flipRle and turnRle', () => {
  it('mirror and turn', () => {
    check(1, ({ size, masks: [bitmap] }) => {
      const { height, width } = size
      const mask = encodeRle(bitmap, size)
      const at = (x: number, y: number) => bitmap[y * width + x]
      const turned = { height: width, width: height }
      const same = (rle: Rle, of: Size, value: (x: number, y: number) => number) =>
        expect(rle).toEqual(runsOf(pixels(of, value), of))
      same(flipRle(mask, 'horizontal'), size, (x, y) => at(width - 1 - x, y))
      same(flipRle(mask, 'vertical'), size, (x, y) => at(x, height - 1 - y))
      // Clockwise: what was the left column, from the bottom up, is the top row.
      same(turnRle(mask, 1), turned, (x, y) => at(y, height - 1 - x))
      same(turnRle(mask, 2), size, (x, y) => at(width - 1 - x, height - 1 - y))
      same(turnRle(mask, -1), turned, (x, y) => at(width - 1 - y, x))
      expect(turnRle(mask, 7)).toEqual(turnRle(mask, -1))
      expect(turnRle(mask, -4)).toEqual(mask)
    })
  })

  it('refuses parts of a turn', () => {
    expect(() => turnRle({ size: [1, 1], counts: [1] }, 0.5)).toThrow('expected whole quarter turns, got 0.5')
  })
})

describe('resizeRle', () => {
  /** Written by Pillow 12.3: which of n pixels each of m shows; OpenCV 5.0's INTER_NEAREST_EXACT gives the same. */
  const { resize } = JSON.parse(
    readFileSync(new URL('./fixtures/masks/nearest.json', import.meta.url), 'utf8'),
  ) as { resize: [from: number, to: number, sources: number[]][] }

  it('shows the pixels that Pillow shows', () => {
    const cases = fc.tuple(fc.constantFrom(...resize), fc.constantFrom(...resize))
    fc.assert(
      fc.property(cases, fc.infiniteStream(fc.integer({ min: 0, max: 1 })), ([rows, columns], bits) => {
        const [from, to] = [0, 1].map((i) => ({ height: rows[i] as number, width: columns[i] as number }))
        const bitmap = [...bits.take(from.height * from.width)]
        const expected = pixels(to, (x, y) => bitmap[rows[2][y] * from.width + columns[2][x]])
        expect(resizeRle(encodeRle(bitmap, from), to)).toEqual(runsOf(expected, to))
      }),
      { numRuns: 60 },
    )
  })

  it('keeps the mask at its size, and at a whole multiple and back', () => {
    check(1, ({ size, masks: [bitmap] }) => {
      const mask = encodeRle(bitmap, size)
      expect(resizeRle(mask, size)).toEqual(mask)
      const larger = resizeRle(mask, { height: 3 * size.height, width: 2 * size.width })
      expect(rleArea(larger)).toBe(6 * rleArea(mask))
      expect(resizeRle(larger, size)).toEqual(mask)
    })
  })

  it('refuses sizes that cannot be, and pixels out of nothing', () => {
    const mask = encodeRle([1], { height: 1, width: 1 })
    expect(resizeRle(mask, { height: 0, width: 3 })).toEqual({ size: [0, 3], counts: [0] })
    expect(() => resizeRle(mask, { height: 1.5, width: 3 })).toThrow('expected whole pixels, got [1.5, 3]')
    expect(() => resizeRle({ size: [0, 3], counts: [0] }, { height: 1, width: 1 })).toThrow('without pixels')
  })
})
