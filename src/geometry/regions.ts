import type { Size } from './boxes.ts'

/** A rectangle of whole pixels. */
export interface Region {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/**
 * Tiles of one size that cover a picture, row by row: squares of `side` pixels, on an axis that is shorter as long as that.
 * They are as few as have at least `overlap` pixels in common with the next, and are spread evenly; the last ends with the
 * picture.
 */
export function tileRegions(picture: Size, side: number, overlap: number): Region[] {
  const width = Math.min(side, picture.width)
  const height = Math.min(side, picture.height)
  const lefts = starts(picture.width, width, overlap)
  const tops = starts(picture.height, height, overlap)
  return tops.flatMap((top) => lefts.map((left) => ({ left, top, width, height })))
}

function starts(length: number, tile: number, overlap: number): number[] {
  if (length === tile) return [0]
  const count = Math.ceil((length - overlap) / (tile - overlap))
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - tile)) / (count - 1)))
}
