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
  const stretches = stretchesOf(down)
  let parts: Part[] = []
  for (let x = 0; x < across.at.length; x++) {
    const left = across.at[x]
    const right = cellAfter(across, left)
    if (x === 0 || left !== across.at[x - 1]) parts = partsOf(stretches, kinds, side, left, right)
    const weight = across.high[x]
    const column = (across.from + x) * size.height + down.from
    // Of the cells that two parts share the value is computed once.
    let [last, below] = [-1, 0]
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]
      const { kind, from, to, at, next } = part
      if (kind === IN) runs.add(column + from, column + to)
      if (kind !== MIXED) continue
      const above = at === last ? below : between(cells[at * side + left], cells[at * side + right], weight)
      below = between(cells[next * side + left], cells[next * side + right], weight)
      last = next
      const known = kindOf(above)
      if (known === MIXED || known !== kindOf(below)) {
        addCrossing(runs, column, part, down.high, above, below)
      } else if (known === IN) runs.add(column + from, column + to)
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
    cells.set(data.subarray(row * side, (row + 1) * side), (row + 1) * (side + 2) + 1)
  }
  return cells
}

/** Pixels of a column between the same two cells: from `from` up to `to`, counted in the reach. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly at: number
  readonly next: number
  /** How far the place among the cells moves from pixel to pixel; 0 for so few that they are looked at one by one. */
  readonly step: number
}

interface Part extends Stretch {
  readonly kind: number
  to: number
}

function stretchesOf(reach: Reach): Stretch[] {
  const { at, high } = reach
  const stretches: Stretch[] = []
  for (let from = 0; from < at.length; ) {
    let to = from + 1
    // Pixels before the middle of the first cell all lie at its middle; those after it move from pixel to pixel.
    while (to < at.length && at[to] === at[from] && high[to] > 0 === high[from] > 0) to++
    const step = to - from > FEW ? (high[to - 1] - high[from]) / (to - 1 - from) : 0
    stretches.push({ from, to, at: at[from], next: cellAfter(reach, at[from]), step })
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
function partsOf(
  stretches: readonly Stretch[],
  kinds: Uint8Array,
  side: number,
  left: number,
  right: number,
): Part[] {
  const parts: Part[] = []
  const rowKind = (row: number) => {
    const kind = kinds[row * side + left]
    return kind === kinds[row * side + right] ? kind : MIXED
  }
  let last: Part | undefined
  for (const { from, to, at, next, step } of stretches) {
    const kind = rowKind(at) === rowKind(next) ? rowKind(at) : MIXED
    if (kind === IN && last?.kind === IN && last.to === from) last.to = to
    else if (kind !== OUT) {
      last = { kind, from, to, at, next, step }
      parts.push(last)
    }
  }
  return parts
}

/** Adds the pixels of a part of a column that belong to the object, where the cells at its ends have these values. */
function addCrossing(
  runs: RunWriter,
  column: number,
  { from, to, step }: Part,
  weights: Float32Array,
  above: number,
  below: number,
): void {
  let [first, last] = [from, to]
  const change = below - above
  if (step >= LEAST_STEP && Math.abs(change) * step >= LEAST_SLOPE && Math.abs(change) <= 1) {
    // All pixels but one beside the crossing lie on a side that is known.
    const place = from + ((THRESHOLD - above) / change - weights[from]) / step
    first = Math.min(Math.max(from, Math.ceil(place - NEAR)), to)
    last = Math.max(Math.min(to, Math.floor(place + NEAR) + 1), first)
    if (change < 0) runs.add(column + from, column + first)
  }
  for (let y = first; y < last; y++) {
    if (between(above, below, weights[y]) >= THRESHOLD) runs.add(column + y, column + y + 1)
  }
  if (change > 0 && last < to) runs.add(column + last, column + to)
}

/** From one value to another in float32: `weight` of the way. */
function between(one: number, other: number, weight: number): number {
  return round(round(round(1 - weight) * one) + round(weight * other))
}
