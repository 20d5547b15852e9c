import type { Box, Size } from './boxes.ts'

const round = Math.fround

/**
 * How a square of probabilities comes to lie over its box, bilinearly at half-pixel centres in float32, with zeros around it.
 * `whole-pixels`: the mask gets a border of one zero cell, the box grows by (M + 2) / M about its centre and is truncated to
 * whole pixels (`paste_masks_in_image` of torchvision.models.detection.roi_heads). `exact`: the box is taken as it is
 * (detectron2, CenterMask).
 */
export type MaskPasting = 'whole-pixels' | 'exact'

/** One axis: the pixels from `from` on that the mask reaches, and where each lies among the cells, a border of zeros included. */
export interface Reach {
  readonly from: number
  /** How many cells there are, the border included. */
  readonly cells: number
  /** The cell at or before each pixel; not falling. */
  readonly at: Int32Array
  /** Weight of the cell after it (`cellAfter`); that of the cell itself is what is left of 1. */
  readonly high: Float32Array
}

/** The cell after another: the same one at the end of the cells. */
export function cellAfter({ cells }: Reach, at: number): number {
  return Math.min(at + 1, cells - 1)
}

/** Both axes, across and down; undefined for a box that no pixel can lie in. */
export function reaches(
  side: number,
  box: Box,
  { height, width }: Size,
  pasting: MaskPasting,
): readonly [across: Reach, down: Reach] | undefined {
  if (!box.every(Number.isFinite)) return undefined
  if (pasting === 'exact') {
    const [x1, y1, x2, y2] = box
    if (!(x2 > x1 && y2 > y1)) return undefined
    return [exactReach(x1, x2, side, width), exactReach(y1, y2, side, height)]
  }
  const [x1, y1, x2, y2] = pasteBox(box, side)
  return [wholeReach(x1, x2, side, width), wholeReach(y1, y2, side, height)]
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

/** The enlarged box in whole pixels, `first` and `last` included. */
function wholeReach(first: number, last: number, side: number, pixels: number): Reach {
  const length = Math.max(1, last - first + 1)
  const from = Math.max(first, 0)
  const cells = side + 2
  const ratio = round(cells / length)
  const cellOf = (pixel: number) => round(round(ratio * round(pixel - first + 0.5)) - 0.5)
  return reachOf(from, Math.min(first + length, pixels), cells, cellOf)
}

/** The box itself, and half a cell more on either side, where the mask fades. */
function exactReach(low: number, high: number, side: number, pixels: number): Reach {
  const [start, length] = [round(low), round(round(high) - round(low))]
  const half = length / side / 2
  const from = Math.max(0, Math.floor(start - half))
  // The reference's steps, each rounded to float32: first to -1..1 over the box, then to cells.
  const cellOf = (pixel: number) => {
    const within = round(round(round(round(pixel + 0.5) - start) / length) * 2 - 1)
    return round(round(round(round(within + 1) * side) - 1) / 2) + 1
  }
  return reachOf(from, Math.min(Math.ceil(start + length + half), pixels), side + 2, cellOf)
}

function reachOf(from: number, to: number, cells: number, cellOf: (pixel: number) => number): Reach {
  const length = Math.max(0, to - from)
  const at = new Int32Array(length)
  const high = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    const position = Math.max(0, cellOf(from + i))
    at[i] = Math.min(Math.floor(position), cells - 1)
    high[i] = position - at[i]
  }
  return { from, cells, at, high }
}
