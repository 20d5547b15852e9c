import type { Box, Size } from './boxes.ts'
import { type Rle, rleArea, rleToBox } from './rle.ts'
import { columnsOf, RunWriter } from './rle-columns.ts'
import { cropRle } from './rle-crop.ts'
import { mergeRles } from './rle-merge.ts'

/** A mask cut to the box of its foreground, and where that lies in a picture: its cost does not depend on the picture's. */
export interface PlacedMask {
  readonly left: number
  readonly top: number
  readonly rle: Rle
}

/** The foreground of a mask that lies with its corner at `left`, `top` of a picture; undefined where it has none. */
export function placeMask(rle: Rle, left = 0, top = 0): PlacedMask | undefined {
  const box = rleToBox(rle)
  if (box[2] === 0) return undefined
  return { left: left + box[0], top: top + box[1], rle: cropRle(rle, box) }
}

/** A filled box; corners are whole pixels. */
export function placedBox([x1, y1, x2, y2]: Box): PlacedMask {
  return { left: x1, top: y1, rle: { size: [y2 - y1, x2 - x1], counts: [0, (y2 - y1) * (x2 - x1)] } }
}

export function extentOf({ left, top, rle }: PlacedMask): Box {
  return [left, top, left + rle.size[1], top + rle.size[0]]
}

/** The mask at the size of its picture. Throws `DataError` where the runs do not fill the box. */
export function spreadMask({ left, top, rle }: PlacedMask, { height, width }: Size): Rle {
  const { starts, rows } = columnsOf(rle)
  const runs = new RunWriter([height, width])
  for (let x = 0; x < rle.size[1]; x++) {
    const column = (left + x) * height + top
    for (let i = starts[x]; i < starts[x + 1]; i++) runs.add(column + rows[2 * i], column + rows[2 * i + 1])
  }
  return runs.finish()
}

/** Pixels of the mask in a box of whole pixels. */
export function areaWithin(mask: PlacedMask, box: Box): number {
  const [x1, y1, x2, y2] = extentOf(mask)
  if (box[0] <= x1 && box[1] <= y1 && box[2] >= x2 && box[3] >= y2) return rleArea(mask.rle)
  const shared = sharedBox([x1, y1, x2, y2], box)
  return shared ? rleArea(cropTo(mask, shared)) : 0
}

/** Pixels that two masks of one picture share. */
export function sharedArea(a: PlacedMask, b: PlacedMask): number {
  const shared = sharedBox(extentOf(a), extentOf(b))
  return shared ? rleArea(mergeRles([cropTo(a, shared), cropTo(b, shared)], 'intersection')) : 0
}

/** All pixels of masks of one picture; at least one mask. */
export function unitedMask(masks: readonly PlacedMask[]): PlacedMask {
  const boxes = masks.map(extentOf)
  const least = (i: number) => Math.min(...boxes.map((box) => box[i]))
  const most = (i: number) => Math.max(...boxes.map((box) => box[i]))
  const hull: Box = [least(0), least(1), most(2), most(3)]
  return { left: hull[0], top: hull[1], rle: mergeRles(masks.map((mask) => cropTo(mask, hull))) }
}

/** What two boxes share; undefined where that has no area. */
export function sharedBox(a: Box, b: Box): Box | undefined {
  const box: Box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]
  return box[0] < box[2] && box[1] < box[3] ? box : undefined
}

function cropTo({ left, top, rle }: PlacedMask, [x1, y1, x2, y2]: Box): Rle {
  return cropRle(rle, [x1 - left, y1 - top, x2 - left, y2 - top])
}
