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
 * Mask of a predicted [M, M] square pasted into an image at its box, thresholded at `>= threshold`: the mask
 * gets a border of one zero cell, the box grows by (M + 2) / M about its centre and is truncated to whole
 * pixels, and the mask is resized to it bilinearly at half-pixel centres in float32, as
 * torchvision.models.detection.roi_heads.paste_masks_in_image. Works in runs; the image is never allocated.
 * @param box x1 y1 x2 y2 in pixels of the image
 */
export function pasteMask(mask: MaskProbabilities, box: Box, size: Size, threshold = 0.5): Rle {
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
  forEachColumn(mask, box, size, (x, top, values, rows) => {
    const start = x * height + top
    if (inside && top > 0) flip(x * height)
    for (let i = 0; i < rows; i++) if (values[i] >= threshold !== inside) flip(start + i)
    if (inside && top + rows < height) flip(start + rows)
    end = (x + 1) * height
  })
  if (inside) flip(end)
  if (height * width > flipped || counts.length === 0) counts.push(height * width - flipped)
  return { size: [height, width], counts }
}

/** The pasted probabilities themselves, row-major [H, W], zero outside the box. */
export function pasteMaskProbabilities(mask: MaskProbabilities, box: Box, size: Size): Float32Array {
  const image = new Float32Array(size.height * size.width)
  forEachColumn(mask, box, size, (x, top, values, rows) => {
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

/** Where the enlarged box meets the image, and the enlarged box in whole pixels. */
function region(side: number, box: Box, { height, width }: Size) {
  const [x1, y1, x2, y2] = pasteBox(box, side)
  const x = { from: x1, length: Math.max(1, x2 - x1 + 1) }
  const y = { from: y1, length: Math.max(1, y2 - y1 + 1) }
  const left = Math.max(x.from, 0)
  const top = Math.max(y.from, 0)
  return {
    x,
    y,
    left,
    top,
    right: Math.max(left, Math.min(x.from + x.length, width)),
    bottom: Math.max(top, Math.min(y.from + y.length, height)),
  }
}

/** Calls back for each image column the enlarged box covers with its pasted values from row `top` on. */
function forEachColumn(
  { data, side }: MaskProbabilities,
  box: Box,
  size: Size,
  visit: (x: number, top: number, values: Float32Array, rows: number) => void,
): void {
  if (data.length !== side * side) {
    throw new ShapeError('mask is not a square of its side', {
      expected: `${side * side} values for side ${side}`,
      got: `${data.length}`,
    })
  }
  if (!box.every(Number.isFinite)) return
  const { x, y, left, top, right, bottom } = region(side, box, size)
  const rows = bottom - top
  if (rows <= 0) return
  const padded = side + 2
  const vertical = Array.from({ length: rows }, (_, i) => tap(top + i - y.from, y.length, padded))
  // Cell [row, column] of the mask with its border of zeros.
  const cell = (row: number, column: number) =>
    row > 0 && column > 0 && row <= side && column <= side ? data[(row - 1) * side + column - 1] : 0
  const line = new Float32Array(padded)
  const values = new Float32Array(rows)
  for (let column = left; column < right; column++) {
    const across = tap(column - x.from, x.length, padded)
    for (let row = 0; row < padded; row++) {
      line[row] = blend(across.low, cell(row, across.at), across.high, cell(row, across.next))
    }
    for (let i = 0; i < rows; i++) {
      const down = vertical[i]
      values[i] = blend(down.low, line[down.at], down.high, line[down.next])
    }
    visit(column, top, values, rows)
  }
}

/** Source cells and weights of output `index` when `cells` cells are resized to `length` (half-pixel centres). */
function tap(index: number, length: number, cells: number) {
  const position = Math.max(0, round(round(round(cells / length) * round(index + 0.5)) - 0.5))
  const at = Math.min(Math.floor(position), cells - 1)
  const high = round(position - at)
  return { at, next: Math.min(at + 1, cells - 1), low: round(1 - high), high }
}

function blend(lowWeight: number, low: number, highWeight: number, high: number): number {
  return round(round(lowWeight * low) + round(highWeight * high))
}
