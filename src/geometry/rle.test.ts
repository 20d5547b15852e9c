import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxIouMatrix, boxToXywh, type XywhBox, xywhToBox } from './boxes.ts'
import { boxToRle, polygonsToRle, polygonToRle } from './polygon.ts'
import {
  type CompressedRle,
  compressRle,
  decodeCounts,
  decodeRle,
  decompressRle,
  encodeRle,
  rleArea,
  rleToBox,
} from './rle.ts'
import { rleIouMatrix } from './rle-iou.ts'
import { mergeRles } from './rle-merge.ts'

interface MaskCase {
  h: number
  w: number
  rle: CompressedRle
  area: number
}
interface Golden {
  polygons: (MaskCase & { poly: number[]; bbox: number[]; pixel_sum: number })[]
  multi_polygons: (MaskCase & { polys: number[][]; bbox: number[] })[]
  bitmaps: (MaskCase & { rows: string[]; bbox: number[] })[]
  bboxes: (MaskCase & { bbox: XywhBox; toBbox: number[] })[]
  uncompressed: (MaskCase & { counts: number[]; bbox: number[] })[]
  rles: CompressedRle[]
  areas: number[]
  bboxes_of_rles: number[][]
  merges: { indices: number[]; intersect: number; rle: CompressedRle; area: number }[]
  merge_size_mismatch: CompressedRle
  iou_rle: { dt: number[]; gt: number[]; iscrowd: number[]; iou: number[][] }
  iou_bbox: { dt: XywhBox[]; gt: XywhBox[]; iscrowd: number[]; iou: number[][] }
}
const folder = new URL('../../test/fixtures/goldens/coco-mask-api-a/', import.meta.url)
const golden = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Golden

describe("masks as COCO's mask API makes them", () => {
  it('rasterises polygons', () => {
    for (const { h, w, poly, rle, area, bbox } of golden.polygons) {
      const size = { height: h, width: w }
      // The reference takes a list of four numbers for a box.
      const mask =
        poly.length === 4 ? boxToRle(xywhToBox(poly as unknown as XywhBox), size) : polygonToRle(poly, size)
      expect(compressRle(mask)).toEqual(rle)
      expect(rleArea(mask)).toBe(area)
      expect(boxToXywh(rleToBox(mask))).toEqual(bbox)
    }
    expect(golden.polygons).toHaveLength(87)
  })

  it('rasterises several rings as their union', () => {
    for (const { h, w, polys, rle, area } of golden.multi_polygons) {
      const mask = polygonsToRle(polys, { height: h, width: w })
      expect(compressRle(mask)).toEqual(rle)
      expect(rleArea(mask)).toBe(area)
    }
  })

  it('encodes bitmaps', () => {
    for (const { h, w, rows, rle, bbox } of golden.bitmaps) {
      const bitmap = Uint8Array.from(rows.join(''), Number)
      const mask = encodeRle(bitmap, { height: h, width: w })
      expect(compressRle(mask)).toEqual(rle)
      expect(decodeRle(decompressRle(rle))).toEqual(bitmap)
      expect(boxToXywh(rleToBox(mask))).toEqual(bbox)
    }
  })

  it('rasterises boxes', () => {
    for (const { h, w, bbox, rle, toBbox } of golden.bboxes) {
      const mask = boxToRle(xywhToBox(bbox), { height: h, width: w })
      expect(compressRle(mask)).toEqual(rle)
      expect(boxToXywh(rleToBox(mask))).toEqual(toBbox)
    }
  })

  it('keeps uncompressed counts as they are', () => {
    for (const { h, w, counts, rle, area, bbox } of golden.uncompressed) {
      const mask = { size: [h, w], counts } as const
      expect(compressRle(mask)).toEqual(rle)
      expect(rleArea(mask)).toBe(area)
      expect(boxToXywh(rleToBox(mask))).toEqual(bbox)
    }
  })

  it('measures and merges', () => {
    const masks = golden.rles.map((rle) => decompressRle(rle))
    expect(masks.map(rleArea)).toEqual(golden.areas)
    expect(masks.map((mask) => boxToXywh(rleToBox(mask)))).toEqual(golden.bboxes_of_rles)
    for (const { indices, intersect, rle } of golden.merges) {
      const chosen = indices.map((index) => masks[index])
      expect(compressRle(mergeRles(chosen, intersect ? 'intersection' : 'union'))).toEqual(rle)
    }
    const smaller = encodeRle([1], { height: 1, width: 1 })
    expect(compressRle(mergeRles([masks[0], smaller]))).toEqual(golden.merge_size_mismatch)
  })

  it('computes IoU to the last digit', () => {
    const masks = golden.rles.map((rle) => decompressRle(rle))
    const { dt, gt, iscrowd, iou } = golden.iou_rle
    const at = (index: number) => masks[index]
    expect([...rleIouMatrix(dt.map(at), gt.map(at), iscrowd.map(Boolean))]).toEqual(iou.flat())
    const boxes = golden.iou_bbox
    expect([...boxIouMatrix(boxes.dt, boxes.gt, boxes.iscrowd.map(Boolean))]).toEqual(boxes.iou.flat())
  })
})

const bitmaps = fc
  .record({ height: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 9 }) })
  .chain((size) => {
    const pixels = { minLength: size.height * size.width, maxLength: size.height * size.width }
    const bitmap = fc.array(fc.integer({ min: 0, max: 1 }), pixels)
    return fc.record({ size: fc.constant(size), a: bitmap, b: bitmap })
  })

describe('masks against bitmaps', () => {
  it('round trips', () => {
    fc.assert(
      fc.property(bitmaps, ({ size, a }) => {
        const rle = encodeRle(a, size)
        expect([...decodeRle(rle)]).toEqual(a)
        expect([...decompressRle(compressRle(rle)).counts]).toEqual([...rle.counts])
      }),
    )
  })

  it('merges and compares as pixels do', () => {
    fc.assert(
      fc.property(bitmaps, fc.boolean(), ({ size, a, b }, crowd) => {
        const [left, right] = [encodeRle(a, size), encodeRle(b, size)]
        const both = a.map((pixel, i) => pixel & b[i])
        const any = a.map((pixel, i) => pixel | b[i])
        expect(mergeRles([left, right])).toEqual(encodeRle(any, size))
        expect(mergeRles([left, right], 'intersection')).toEqual(encodeRle(both, size))
        const count = (bitmap: number[]) => bitmap.filter(Boolean).length
        const iou = count(both) === 0 ? 0 : count(both) / count(crowd ? a : any)
        expect(rleIouMatrix([left], [right], [crowd])[0]).toBe(iou)
      }),
    )
  })

  // '1' is a run of one pixel, and '0' after the third a run as long as the one before the last.
  it('decodes a string that is longer than any before', () => {
    expect(decodeCounts(`111${'0'.repeat(599_997)}`)).toEqual(new Uint32Array(600_000).fill(1))
  })

  it('takes differences of runs beyond 31 bits', () => {
    // 2^31 pixels in one run need seven characters; the last run is a negative difference to the first but one.
    const mask = { size: [65536, 65536], counts: [5, 2 ** 31, 7, 2 ** 31 - 12] } as const
    expect([...decompressRle(compressRle(mask)).counts]).toEqual([...mask.counts])
  })
})

describe('masks that cannot be', () => {
  const size = [5, 6] as const
  it.each([
    ['a character outside the alphabet', '3 4', 'character " "'],
    ['an unfinished number', '3P', 'ends within a number'],
    ['runs that do not fill the mask', '34', 'expected 30 pixels for [5, 6], got 7'],
    ['a negative run', '340J', 'a run of length -2'],
  ])('names %s', (_, counts, message) => {
    expect(() => decompressRle({ size, counts }, 'a.json: annotations[1]')).toThrow(message)
    expect(() => decompressRle({ size, counts }, 'a.json: annotations[1]')).toThrow(
      'a.json: annotations[1]: ',
    )
  })

  it('refuses a bitmap of another size, two points, half points and coordinates that are no numbers', () => {
    expect(() => encodeRle([1, 0], { height: 1, width: 3 })).toThrow('expected 3 elements for [1, 3], got 2')
    expect(() => polygonToRle([1, 2, 3, 4, 5], { height: 9, width: 9 })).toThrow('got 5 numbers')
    expect(() => polygonToRle([1, 2, 3, 4], { height: 9, width: 9 })).toThrow('got 4 numbers')
    expect(() => polygonToRle([1, 2, 3, 4, 5, Number.NaN], { height: 9, width: 9 })).toThrow('got NaN')
  })
})

it('refuses a bitmap of a mask whose size no memory holds', () => {
  expect(() => decodeRle({ size: [1e7, 1e7], counts: [1e14] })).toThrow(
    'mask is too large to become a bitmap; expected at most 1073741824 pixels, got 10000000 x 10000000',
  )
})
