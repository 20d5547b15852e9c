import type { Segmentation } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'
import { FARTHEST } from '../../geometry/polygon.ts'
import { checkRle, decompressRle, type Rle } from '../../geometry/rle.ts'
import { describe, isAbsent, isCoordinate, type JsonObject, numbersAt } from '../json-fields.ts'

/**
 * The `segmentation` of a COCO entry: a list of polygons, or a run-length mask (compressed or not) of the image's
 * size. Undefined where it is missing or an empty list. Rings of fewer than three points pass: what becomes
 * of them is the caller's policy. Throws `DataError` naming `where` for anything else.
 */
export function parseCocoSegmentation(value: unknown, size: Size, where: string): Segmentation | undefined {
  if (isAbsent(value)) return undefined
  if (Array.isArray(value)) return value.length === 0 ? undefined : parseRings(value, where)
  if (typeof value === 'object') return parseMask(value as JsonObject, size, where)
  throw new DataError('segmentation is malformed', {
    where,
    expected: 'polygons [[x, y, ...], ...] or a run-length mask { size, counts }',
    got: describe(value),
  })
}

function parseRings(rings: readonly unknown[], where: string): Segmentation {
  return rings.map((ring, i) => {
    if (Array.isArray(ring) && ring.length % 2 === 0 && ring.every(isCoordinate)) return ring
    throw new DataError('segmentation is malformed', {
      where: `${where}: segmentation[${i}]`,
      expected: 'a polygon [x, y, x, y, ...]',
      got: isNumbers(ring) && ring.length % 2 === 1 ? `${ring.length} numbers` : describe(ring),
      hint: ringHint(ring),
    })
  })
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number')
}

function ringHint(ring: unknown): string | undefined {
  if (typeof ring === 'number') return 'Each polygon is a list of its own: [[x, y, ...]]'
  if (Array.isArray(ring) && ring.length > 0 && ring.every(Array.isArray)) {
    return 'It is nested once too often: polygons are [[x, y, x, y, ...], ...]'
  }
  const isFar = Array.isArray(ring) && ring.every(Number.isFinite) && !ring.every(isCoordinate)
  return isFar ? `Coordinates lie within ${FARTHEST} pixels` : undefined
}

function parseMask(mask: JsonObject, image: Size, where: string): Rle {
  const at = `${where}: segmentation`
  const [height, width] = numbersAt(mask, 'size', at, 2)
  if (height !== image.height || width !== image.width) {
    throw new DataError('mask has another size than its image', {
      where: at,
      expected: `[${image.height}, ${image.width}]`,
      got: `[${height}, ${width}]`,
    })
  }
  if (typeof mask.counts === 'string') {
    return decompressRle({ size: [height, width], counts: mask.counts }, at)
  }
  const rle: Rle = { size: [height, width], counts: numbersAt(mask, 'counts', at) }
  checkRle(rle, at)
  return rle
}
