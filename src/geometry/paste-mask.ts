import { ShapeError } from '../errors.ts'
import type { Box, Size } from './boxes.ts'
import { cellAfter, type MaskPasting, type Reach, reaches } from './paste-reach.ts'
import type { Rle } from './rle.ts'
import { RunWriter } from './rle-columns.ts'

const round = Math.fround

/** A square of mask probabilities, row-major [M, M]. */
export interface MaskProbabilities {
  readonly data: Float32Array
  readonly side: number
}

/** From which probability on a pixel belongs to the object. */
const THRESHOLD = 0.5
/** Farther than this from the threshold the rounding of what lies between two cells cannot lead across it. */
const SAFE = 1e-6
/** The least that the value changes, and the place moves, from pixel to pixel for a crossing to be found without looking at each. */
const LEAST_SLOPE = 1e-5
const LEAST_STEP = 1e-3
/** Of a pixel: farther than this from the crossing rounding cannot lead across it, given such slopes and steps. */
const NEAR = 0.1
/** So few pixels are looked at one by one. */
const FEW = 2

/** What is known of the pixels between some cells. */
const OUT = 0
const IN = 1
const MIXED = 2

/**
 * Mask of a predicted [M, M] square pasted into an image at its box. Works in runs: along a column only the pixels beside a
 * crossing of the threshold are computed, and the image is never allocated. Throws `ShapeError` for a mask that is no square.
 * @param box x1 y1 x2 y2 in pixels of the image
 */
export function pasteMask(
  mask: MaskProbabilities,
  box: Box,
  size: Size,
  pasting: MaskPasting = 'whole-pixels',
): Rle {
  const runs = new RunWriter([size.height, size.width])
  const cells = borderedCells(mask)
  const axes = reaches(mask.side, box, size, pasting)
  if (!axes) return runs.finish()
  const [across, down] = axes
  const side = mask.side + 2
  const kinds = new Uint8Array(cells.length)
  for (let i = 0; i < cells.length; i++) kinds[i] = kindOf(cells[i])
  const stretches = stretchesOf(down, side)
  const parts = emptyStretches(stretches.count)
  const { from, to, row, next, step, kind } = parts
  const weights = down.high
  for (let x = 0; x < across.at.length; x++) {
    const left = across.at[x]
    const right = cellAfter(across, left)
    if (x === 0 || left !== across.at[x - 1]) gatherParts(parts, stretches, kinds, left, right)
    const weight = across.high[x]
    const rest = round(1 - weight)
    const column = (across.from + x) * size.height + down.from
    for (let i = 0; i < parts.count; i++) {
      let first = from[i]
      let last = to[i]
      if (kind[i] === IN) {
        runs.add(column + first, column + last)
        continue
      }
      const above = mixed(cells[row[i] + left], cells[row[i] + right], rest, weight)
      const below = mixed(cells[next[i] + left], cells[next[i] + right], rest, weight)
      const known = kindOf(above)
      if (known !== MIXED && known === kindOf(below)) {
        if (known === IN) runs.add(column + first, column + last)
        continue
      }
      const change = below - above
      if (step[i] >= LEAST_STEP && Math.abs(change) * step[i] >= LEAST_SLOPE && Math.abs(change) <= 1) {
        // All pixels but one beside the crossing lie on a side that is known.
        const place = first + ((THRESHOLD - above) / change - weights[first]) / step[i]
        first = Math.min(Math.max(first, Math.ceil(place - NEAR)), last)
        last = Math.max(Math.min(last, Math.floor(place + NEAR) + 1), first)
        if (change < 0) runs.add(column + from[i], column + first)
      }
      for (let y = first; y < last; y++) {
        if (between(above, below, weights[y]) >= THRESHOLD) runs.add(column + y, column + y + 1)
      }
      if (change > 0) runs.add(column + last, column + to[i])
    }
  }
  return runs.finish()
}

/** The pasted probabilities themselves, row-major [H, W], zero outside the box. */
export function pasteMaskProbabilities(
  mask: MaskProbabilities,
  box: Box,
  size: Size,
  pasting: MaskPasting = 'whole-pixels',
): Float32Array {
  const image = new Float32Array(size.height * size.width)
  const cells = borderedCells(mask)
  const axes = reaches(mask.side, box, size, pasting)
  if (!axes) return image
  const [across, down] = axes
  const side = mask.side + 2
  const line = new Float32Array(side)
  for (let x = 0; x < across.at.length; x++) {
    const left = across.at[x]
    const right = cellAfter(across, left)
    for (let row = 0; row < side; row++) {
      line[row] = between(cells[row * side + left], cells[row * side + right], across.high[x])
    }
    for (let y = 0; y < down.at.length; y++) {
      const value = between(line[down.at[y]], line[cellAfter(down, down.at[y])], down.high[y])
      image[(down.from + y) * size.width + across.from + x] = value
    }
  }
  return image
}

/** The mask with a border of one cell of zeros. */
function borderedCells({ data, side }: MaskProbabilities): Float32Array {
  if (data.length !== side * side) {
    throw new ShapeError('mask is not a square of its side', {
      expected: `${side * side} values for side ${side}`,
      got: `${data.length}`,
    })
  }
  const cells = new Float32Array((side + 2) * (side + 2))
  for (let row = 0; row < side; row++) {
    const [from, to] = [row * side, (row + 1) * (side + 2) + 1]
    for (let i = 0; i < side; i++) cells[to + i] = data[from + i]
  }
  return cells
}

/** Pixels of a column between the same two cells, stretch after stretch from top to bottom. */
interface Stretches {
  count: number
  /** First pixel and the one after the last, counted in the reach. */
  readonly from: Int32Array
  readonly to: Int32Array
  /** Where the rows of the two cells begin. */
  readonly row: Int32Array
  readonly next: Int32Array
  /** How far the place among the cells moves from pixel to pixel; 0 for so few that they are looked at one by one. */
  readonly step: Float64Array
  /** What is known of them between two cells of a row; nothing at first. */
  readonly kind: Uint8Array
}

function emptyStretches(most: number): Stretches {
  return {
    count: 0,
    from: new Int32Array(most),
    to: new Int32Array(most),
    row: new Int32Array(most),
    next: new Int32Array(most),
    step: new Float64Array(most),
    kind: new Uint8Array(most),
  }
}

function stretchesOf(reach: Reach, side: number): Stretches {
  const { at, high } = reach
  // Two for each cell: pixels before the middle of the first cell all lie at its middle; those after it move from pixel to pixel.
  const stretches = emptyStretches(2 * side)
  for (let from = 0; from < at.length; stretches.count++) {
    let to = from + 1
    while (to < at.length && at[to] === at[from] && high[to] > 0 === high[from] > 0) to++
    const i = stretches.count
    stretches.from[i] = from
    stretches.to[i] = to
    stretches.row[i] = at[from] * side
    stretches.next[i] = cellAfter(reach, at[from]) * side
    stretches.step[i] = to - from > FEW ? (high[to - 1] - high[from]) / (to - 1 - from) : 0
    from = to
  }
  return stretches
}

/** Values that are no probabilities are left to be looked at pixel by pixel. */
function kindOf(value: number): number {
  if (value >= THRESHOLD + SAFE && value <= 1) return IN
  return value < THRESHOLD - SAFE && value >= 0 ? OUT : MIXED
}

/** What a whole strip of columns between the cells `left` and `right` has in common, from top to bottom; OUT is left out. */
function gatherParts(
  parts: Stretches,
  stretches: Stretches,
  kinds: Uint8Array,
  left: number,
  right: number,
): void {
  let count = 0
  for (let i = 0; i < stretches.count; i++) {
    const row = stretches.row[i]
    const next = stretches.next[i]
    const first = kinds[row + left]
    const isPlain =
      first === kinds[row + right] && first === kinds[next + left] && first === kinds[next + right]
    const kind = isPlain ? first : MIXED
    if (kind === OUT) continue
    if (
      kind === IN &&
      count > 0 &&
      parts.kind[count - 1] === IN &&
      parts.to[count - 1] === stretches.from[i]
    ) {
      parts.to[count - 1] = stretches.to[i]
      continue
    }
    parts.kind[count] = kind
    parts.from[count] = stretches.from[i]
    parts.to[count] = stretches.to[i]
    parts.row[count] = row
    parts.next[count] = next
    parts.step[count] = stretches.step[i]
    count++
  }
  parts.count = count
}

/** From one value to another in float32: `weight` of the way. */
function between(one: number, other: number, weight: number): number {
  return mixed(one, other, round(1 - weight), weight)
}

/** The same where what is left of 1 is known. */
function mixed(one: number, other: number, rest: number, weight: number): number {
  return round(round(rest * one) + round(weight * other))
}
