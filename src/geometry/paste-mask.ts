import { ShapeError } from '../errors.ts'
import type { Box, Size } from './boxes.ts'
import type { Rle } from './rle.ts'

const round = Math.fround

/** A square of mask probabilities, row-major [M, M]. */
export interface MaskProbabilities {
  readonly data: Float32Array
  readonly side: number
}

/**
 * How a square of probabilities comes to lie over its box, bilinearly at half-pixel centres in float32, with zeros around it.
 * `whole-pixels`: the mask gets a border of one zero cell, the box grows by (M + 2) / M about its centre and is truncated to
 * whole pixels (`paste_masks_in_image` of torchvision.models.detection.roi_heads). `exact`: the box is taken as it is
 * (detectron2, CenterMask).
 */
export type MaskPasting = 'whole-pixels' | 'exact'

/** From which probability on a pixel belongs to the object. */
const THRESHOLD = 0.5

/**
 * Mask of a predicted [M, M] square pasted into an image at its box. Works in runs; the image is never allocated.
 * @param box x1 y1 x2 y2 in pixels of the image
 */
export function pasteMask(
  mask: MaskProbabilities,
  box: Box,
  size: Size,
  pasting: MaskPasting = 'whole-pixels',
): Rle {
  const counts: number[] = []
  let inside = false
  let flipped = 0
  let end = 0
  const flip = (position: number) => {
    counts.push(position - flipped)
    flipped = position
    inside = !inside
  }
  const { height, width } = size
  forEachColumn(mask, box, size, pasting, (x, top, values, rows) => {
    const start = x * height + top
    if (inside && top > 0) flip(x * height)
    for (let i = 0; i < rows; i++) if (values[i] >= THRESHOLD !== inside) flip(start + i)
    if (inside && top + rows < height) flip(start + rows)
    end = (x + 1) * height
  })
  if (inside) flip(end)
  if (height * width > flipped || counts.length === 0) counts.push(height * width - flipped)
  return { size: [height, width], counts }
}

/** The pasted probabilities themselves, row-major [H, W], zero outside the box. */
export function pasteMaskProbabilities(
  mask: MaskProbabilities,
  box: Box,
  size: Size,
  pasting: MaskPasting = 'whole-pixels',
): Float32Array {
  const image = new Float32Array(size.height * size.width)
  forEachColumn(mask, box, size, pasting, (x, top, values, rows) => {
    for (let i = 0; i < rows; i++) image[(top + i) * size.width + x] = values[i]
  })
  return image
}

/**
 * The whole pixels that a mask of side M is resized to for a box: the box grown by (M + 2) / M about its centre, each
 * coordinate truncated toward zero, in float32; the pixels of `x2` and `y2` belong to it. (`expand_boxes` of
 * torchvision.models.detection.roi_heads.)
 */
export function pasteBox([x1, y1, x2, y2]: Box, side: number): Box {
  const scale = round((side + 2) / side)
  const along = (low: number, high: number) => {
    const half = round(round(round(high - low) * 0.5) * scale)
    const centre = round(round(high + low) * 0.5)
    // Adding 0 makes the zero of -0.5 an ordinary one.
    return [Math.trunc(round(centre - half)) + 0, Math.trunc(round(centre + half)) + 0]
  }
  const [left, right] = along(round(x1), round(x2))
  const [top, bottom] = along(round(y1), round(y2))
  return [left, top, right, bottom]
}

/** One axis: pixels that the mask reaches, and where each finds its two cells, counted with the border of zeros. */
interface Reach {
  readonly from: number
  readonly to: number
  tap(pixel: number): Tap
}

interface Tap {
  readonly at: number
  readonly next: number
  readonly low: number
  readonly high: number
}

/** The enlarged box in whole pixels, `first` and `last` included. */
function wholeReach(first: number, last: number, side: number, pixels: number): Reach {
  const length = Math.max(1, last - first + 1)
  const from = Math.max(first, 0)
  const cells = side + 2
  const ratio = round(cells / length)
  return {
    from,
    to: Math.max(from, Math.min(first + length, pixels)),
    tap: (pixel) => tapAt(Math.max(0, round(round(ratio * round(pixel - first + 0.5)) - 0.5)), cells),
  }
}

/** The box itself, and half a cell more on either side, where the mask fades. */
function exactReach(low: number, high: number, side: number, pixels: number): Reach {
  const [start, length] = [round(low), round(round(high) - round(low))]
  const half = length / side / 2
  const from = Math.max(0, Math.floor(start - half))
  // The reference's steps, each rounded to float32: first to -1..1 over the box, then to cells.
  const cellOf = (pixel: number) => {
    const within = round(round(round(round(pixel + 0.5) - start) / length) * 2 - 1)
    return round(round(round(round(within + 1) * side) - 1) / 2)
  }
  return {
    from,
    to: Math.max(from, Math.min(Math.ceil(start + length + half), pixels)),
    tap: (pixel) => tapAt(Math.max(0, cellOf(pixel) + 1), side + 2),
  }
}

function tapAt(position: number, cells: number): Tap {
  const at = Math.min(Math.floor(position), cells - 1)
  const high = round(position - at)
  return { at, next: Math.min(at + 1, cells - 1), low: round(1 - high), high }
}

/** Both axes, across and down. */
function reaches(side: number, box: Box, { height, width }: Size, pasting: MaskPasting): [Reach, Reach] {
  const [x1, y1, x2, y2] = pasting === 'exact' ? box : pasteBox(box, side)
  const reach = pasting === 'exact' ? exactReach : wholeReach
  return [reach(x1, x2, side, width), reach(y1, y2, side, height)]
}

/** Calls back for each image column the mask reaches with its pasted values from row `top` on. */
function forEachColumn(
  { data, side }: MaskProbabilities,
  box: Box,
  size: Size,
  pasting: MaskPasting,
  visit: (x: number, top: number, values: Float32Array, rows: number) => void,
): void {
  if (data.length !== side * side) {
    throw new ShapeError('mask is not a square of its side', {
      expected: `${side * side} values for side ${side}`,
      got: `${data.length}`,
    })
  }
  if (!box.every(Number.isFinite)) return
  if (pasting === 'exact' && !(box[2] > box[0] && box[3] > box[1])) return
  const [across, down] = reaches(side, box, size, pasting)
  const rows = down.to - down.from
  if (rows <= 0) return
  const padded = side + 2
  const vertical = Array.from({ length: rows }, (_, i) => down.tap(down.from + i))
  // Cell [row, column] of the mask with its border of zeros.
  const cell = (row: number, column: number) =>
    row > 0 && column > 0 && row <= side && column <= side ? data[(row - 1) * side + column - 1] : 0
  const line = new Float32Array(padded)
  const values = new Float32Array(rows)
  for (let column = across.from; column < across.to; column++) {
    const horizontal = across.tap(column)
    for (let row = 0; row < padded; row++) {
      line[row] = blend(horizontal.low, cell(row, horizontal.at), horizontal.high, cell(row, horizontal.next))
    }
    for (let i = 0; i < rows; i++) {
      const { low, at, high, next } = vertical[i]
      values[i] = blend(low, line[at], high, line[next])
    }
    visit(column, down.from, values, rows)
  }
}

function blend(lowWeight: number, low: number, highWeight: number, high: number): number {
  return round(round(lowWeight * low) + round(highWeight * high))
}
