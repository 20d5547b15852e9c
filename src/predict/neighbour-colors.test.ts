import { describe, expect, it } from 'vitest'
import type { Box } from '../geometry/boxes.ts'
import { random } from '../tensor/random.ts'
import { PALETTE } from './colors.ts'
import { neighbourColors } from './neighbour-colors.ts'

/** Pairs of boxes less than so many pixels apart that have one colour. */
function clashes(boxes: readonly Box[], distance: number): number {
  const colors = neighbourColors(boxes)
  let count = 0
  for (const [i, [ax1, ay1, ax2, ay2]] of boxes.entries()) {
    for (const [j, [bx1, by1, bx2, by2]] of boxes.entries()) {
      const gap = Math.max(bx1 - ax2, ax1 - bx2, by1 - ay2, ay1 - by2)
      if (j > i && gap < distance && colors[i] === colors[j]) count++
    }
  }
  return count
}

describe('neighbourColors', () => {
  it('gives boxes that touch different colours, and uses all', () => {
    const tiles = Array.from({ length: 400 }, (_, i): Box => {
      const [x, y] = [10 * (i % 20), 10 * Math.floor(i / 20)]
      return [x, y, x + 10, y + 10]
    })
    expect(clashes(tiles, 1)).toBe(0)
    expect(new Set(neighbourColors(tiles))).toEqual(new Set(PALETTE))
  })

  it('gives boxes that lie anywhere different colours from all that are near', () => {
    const source = random(5)
    const boxes = Array.from({ length: 300 }, (): Box => {
      const [x, y, side] = [source.integer(1000), source.integer(1000), 8 + source.integer(30)]
      return [x, y, x + side, y + side]
    })
    expect(clashes(boxes, 4)).toBe(0)
  })

  it('takes the colour that is farthest where none is free, and nothing for nothing', () => {
    // Eight in a row, each near all before it: the first one's colour is the farthest from the last.
    const row = Array.from({ length: 8 }, (_, i): Box => [i, 0, i + 40, 40])
    const colors = neighbourColors(row)
    expect(new Set(colors.slice(0, 7)).size).toBe(7)
    expect(colors[7]).toBe(colors[0])
    expect(neighbourColors([])).toEqual([])
  })
})
