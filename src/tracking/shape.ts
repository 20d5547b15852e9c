import { type Box, boxIou } from '../geometry/boxes.ts'
import { extentOf, type PlacedMask, placeMask, sharedArea } from '../geometry/placed-mask.ts'
import { type CompressedRle, decompressRle, type Rle, rleArea } from '../geometry/rle.ts'

/** What a tracker needs of an object: instances of a prediction have it. */
export interface Trackable {
  /** x1 y1 x2 y2 in pixels. */
  readonly box: Box
  /** 0 to 1. */
  readonly score: number
  /** Objects of unlike categories are never one. Default: all are of one. */
  readonly categoryId?: number
  /** Run lengths, or the mask of an instance; where there is none, boxes are compared. */
  readonly mask?: Rle | CompressedRle | { toPlaced(): PlacedMask | undefined }
}

/** Where an object is in a frame, and what it covers there. */
export interface Shape {
  readonly box: Box
  readonly mask?: PlacedMask
  /** Of the mask, otherwise of the box. */
  readonly area: number
}

export function shapeOf({ box, mask }: Trackable): Shape {
  const placed = mask && placedMask(mask)
  if (placed) return { box: extentOf(placed), mask: placed, area: rleArea(placed.rle) }
  return { box, area: Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]) }
}

function placedMask(mask: NonNullable<Trackable['mask']>): PlacedMask | undefined {
  if ('toPlaced' in mask) return mask.toPlaced()
  return placeMask(typeof mask.counts === 'string' ? decompressRle(mask as CompressedRle) : (mask as Rle))
}

export function centerOf({ box: [x1, y1, x2, y2] }: Shape): readonly [x: number, y: number] {
  return [(x1 + x2) / 2, (y1 + y2) / 2]
}

/** Geometric mean of the sides of its box, in pixels, at least 1. */
export function sizeOf({ box: [x1, y1, x2, y2] }: Shape): number {
  return Math.max(1, Math.sqrt(Math.max(0, x2 - x1) * Math.max(0, y2 - y1)))
}

/** The same elsewhere; a mask moves by whole pixels. */
export function shifted({ box: [x1, y1, x2, y2], mask, area }: Shape, dx: number, dy: number): Shape {
  if (!mask) return { box: [x1 + dx, y1 + dy, x2 + dx, y2 + dy], area }
  const [right, down] = [Math.round(dx), Math.round(dy)]
  return {
    box: [x1 + right, y1 + down, x2 + right, y2 + down],
    mask: { ...mask, left: mask.left + right, top: mask.top + down },
    area,
  }
}

/** IoU of the masks, or of the boxes where either has no mask. */
export function similarity(a: Shape, b: Shape): number {
  const ofBoxes = boxIou(a.box, b.box)
  if (ofBoxes === 0 || !a.mask || !b.mask) return ofBoxes
  const shared = sharedArea(a.mask, b.mask)
  return shared === 0 ? 0 : shared / (a.area + b.area - shared)
}
