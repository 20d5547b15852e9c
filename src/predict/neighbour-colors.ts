import type { Box } from '../geometry/boxes.ts'
import { BoxGrid } from './box-grid.ts'
import { type Color, PALETTE } from './colors.ts'

/**
 * A colour of the palette for each box: the one whose next box is farthest, so that boxes beside
 * each other differ, and boxes of one colour are as far apart as taking them one after another allows.
 */
export function neighbourColors(boxes: readonly Box[]): Color[] {
  const sides = boxes.map(([x1, y1, x2, y2]) => Math.max(x2 - x1, y2 - y1, 1))
  const grid = new BoxGrid<number>(sides.reduce((a, b) => a + b, 0) / Math.max(1, boxes.length))
  const chosen: number[] = []
  for (const [i, box] of boxes.entries()) {
    const [x1, y1, x2, y2] = box
    const near = sides[i]
    const gaps = PALETTE.map(() => Number.POSITIVE_INFINITY)
    for (const other of grid.meeting([x1 - near, y1 - near, x2 + near, y2 + near])) {
      gaps[chosen[other]] = Math.min(gaps[chosen[other]], gapBetween(box, boxes[other]))
    }
    const best = Math.max(...gaps)
    // Of several the next in turn, so that all are used.
    let color = i % PALETTE.length
    while (gaps[color] < best) color = (color + 1) % PALETTE.length
    chosen.push(color)
    grid.add(box, i)
  }
  return chosen.map((color) => PALETTE[color])
}

/** Pixels between two boxes along the axis where they are farther apart; of boxes that overlap negative, by how much. */
function gapBetween([ax1, ay1, ax2, ay2]: Box, [bx1, by1, bx2, by2]: Box): number {
  return Math.max(bx1 - ax2, ax1 - bx2, by1 - ay2, ay1 - by2)
}
