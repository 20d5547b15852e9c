/** Masks as COCO's mask API makes, measures and merges them; every bit counts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { boxIouMatrix, boxToXywh, type Size, type XywhBox, xywhToBox } from '../../src/geometry/boxes.ts'
import { boxToRle, polygonsToRle, polygonToRle } from '../../src/geometry/polygon.ts'
import {
  type CompressedRle,
  compressRle,
  decodeRle,
  decompressRle,
  encodeRle,
  type Rle,
  rleArea,
  rleToBox,
} from '../../src/geometry/rle.ts'
import { rleIouMatrix } from '../../src/geometry/rle-iou.ts'
import { mergeRles } from '../../src/geometry/rle-merge.ts'
import type { Comparison, ParityCheck } from './comparison.ts'
import { numbersError } from './numbers-error.ts'

interface MaskEntry {
  readonly h: number
  readonly w: number
  readonly rle: CompressedRle
  readonly area?: number
}

interface Overlaps<T> {
  readonly dt: readonly T[]
  readonly gt: readonly T[]
  readonly iscrowd: readonly number[]
  readonly iou: readonly (readonly number[])[]
}

interface Expected {
  readonly polygons: readonly (MaskEntry & { poly: number[]; bbox: number[]; pixel_sum: number })[]
  readonly multi_polygons: readonly (MaskEntry & { polys: number[][]; bbox: number[] })[]
  readonly bitmaps: readonly (MaskEntry & { rows: string[]; bbox: number[] })[]
  readonly bboxes: readonly (MaskEntry & { bbox: XywhBox; toBbox: number[] })[]
  readonly uncompressed: readonly (MaskEntry & { counts: number[]; bbox: number[] })[]
  readonly rles: readonly CompressedRle[]
  readonly areas: readonly number[]
  readonly bboxes_of_rles: readonly number[][]
  readonly merges: readonly { indices: number[]; intersect: number; rle: CompressedRle; area: number }[]
  readonly merge_size_mismatch: CompressedRle
  /** Of `rles`, by index. */
  readonly iou_rle: Overlaps<number>
  readonly iou_bbox: Overlaps<XywhBox>
}

export const cocoMaskApi: ParityCheck = async (golden) => {
  const path = join(golden.folder, golden.case.files.expected)
  const expected = JSON.parse(readFileSync(path, 'utf8')) as Expected
  const masks = expected.rles.map((rle) => decompressRle(rle))
  const { polygons, multi_polygons: unions, bitmaps, bboxes, uncompressed, merges } = expected
  const { iou_rle: ious, iou_bbox: boxIous } = expected
  const mergeEntries = merges.map((entry) => ({ ...entry, h: entry.rle.size[0], w: entry.rle.size[1] }))
  const comparisons: Comparison[] = [
    wrong(
      'polygons',
      polygons,
      (entry, size) => ofPolygon(entry.poly, size),
      ({ bbox }) => bbox,
    ),
    wrong(
      'polygons pixel_sum',
      polygons,
      ({ rle }) => decompressRle(rle),
      undefined,
      (entry, mask) => {
        return decodeRle(mask).reduce((sum, pixel) => sum + pixel, 0) === entry.pixel_sum
      },
    ),
    wrong(
      'multi_polygons',
      unions,
      ({ polys }, size) => polygonsToRle(polys, size),
      ({ bbox }) => bbox,
    ),
    wrong(
      'bitmaps',
      bitmaps,
      ({ rows }, size) => encodeRle(pixels(rows), size),
      ({ bbox }) => bbox,
    ),
    wrong(
      'bitmaps decoded',
      bitmaps,
      ({ rle }) => decompressRle(rle),
      undefined,
      ({ rows }, mask) => {
        return `${decodeRle(mask)}` === `${pixels(rows)}`
      },
    ),
    wrong(
      'bboxes',
      bboxes,
      ({ bbox }, size) => boxToRle(xywhToBox(bbox), size),
      ({ toBbox }) => toBbox,
    ),
    wrong(
      'uncompressed',
      uncompressed,
      ({ h, w, counts }) => ({ size: [h, w], counts }),
      ({ bbox }) => bbox,
    ),
    wrong('merges', mergeEntries, ({ indices, intersect }) => {
      const chosen = indices.map((index) => masks[index])
      return mergeRles(chosen, intersect ? 'intersection' : 'union')
    }),
    exact('areas', expected.areas, masks.map(rleArea)),
    exact(
      'bboxes_of_rles',
      expected.bboxes_of_rles.flat(),
      masks.flatMap((mask) => boxToXywh(rleToBox(mask))),
    ),
    exact(
      'iou_rle',
      ious.iou.flat(),
      rleIouMatrix(
        ious.dt.map((index) => masks[index]),
        ious.gt.map((index) => masks[index]),
        ious.iscrowd.map(Boolean),
      ),
    ),
    exact('iou_bbox', boxIous.iou.flat(), boxIouMatrix(boxIous.dt, boxIous.gt, boxIous.iscrowd.map(Boolean))),
    { name: 'merge_size_mismatch', error: mismatchError(expected, masks), tolerance: 0 },
  ]
  return { comparisons }
}

/** The reference takes a list of four numbers for a box. */
function ofPolygon(polygon: readonly number[], size: Size): Rle {
  return polygon.length === 4
    ? boxToRle(xywhToBox(polygon as unknown as XywhBox), size)
    : polygonToRle(polygon, size)
}

function pixels(rows: readonly string[]): Uint8Array {
  return Uint8Array.from(rows.join(''), Number)
}

/** How many entries differ in their mask, area or box, or in what else is asked. */
function wrong<T extends MaskEntry>(
  name: string,
  entries: readonly T[],
  make: (entry: T, size: Size) => Rle,
  boxOf?: (entry: T) => readonly number[],
  holds: (entry: T, mask: Rle) => boolean = () => true,
): Comparison {
  const bad = entries.filter((entry) => {
    const mask = make(entry, { height: entry.h, width: entry.w })
    const hasMask = isSameRle(compressRle(mask), entry.rle)
    const hasArea = entry.area === undefined || rleArea(mask) === entry.area
    const hasBox = !boxOf || `${boxToXywh(rleToBox(mask))}` === `${boxOf(entry)}`
    return !(hasMask && hasArea && hasBox && holds(entry, mask))
  })
  return { name, error: bad.length, tolerance: 0 }
}

function exact(name: string, expected: ArrayLike<number>, ours: ArrayLike<number>): Comparison {
  return { name, error: numbersError(expected, ours), tolerance: 0 }
}

/** The first mask merged with one of another size. */
function mismatchError({ merge_size_mismatch: expected }: Expected, masks: readonly Rle[]): number {
  const [height, width] = masks[0].size
  const other = encodeRle(new Uint8Array((height + 1) * width), { height: height + 1, width })
  return Number(!isSameRle(compressRle(mergeRles([masks[0], other])), expected))
}

function isSameRle(a: CompressedRle, b: CompressedRle): boolean {
  return a.counts === b.counts && `${a.size}` === `${b.size}`
}
