import { expect, it } from 'vitest'
import { cutGrid, type PixelGrid } from './grid-cut.ts'

/** What a cut costs, added up by hand. */
function costOf({ width, height, leanings, ties }: PixelGrid, isIn: ArrayLike<number>): number {
  const steps = [1, width, width + 1, width - 1]
  let cost = 0
  for (let p = 0; p < width * height; p++) {
    if (leanings[p] > 0 && !isIn[p]) cost += leanings[p]
    if (leanings[p] < 0 && isIn[p]) cost -= leanings[p]
    for (const [i, step] of steps.entries())
      if (ties[i][p] > 0 && isIn[p] !== isIn[p + step]) cost += ties[i][p]
  }
  return cost
}

let seed = 11
function random(): number {
  seed = (seed * 48271) % 2147483647
  return seed / 2147483647
}

/** Whole numbers, so that sums are exact. */
function drawn(width: number, height: number): PixelGrid {
  const each = (of: (x: number, y: number) => number) =>
    Float64Array.from({ length: width * height }, (_, p) => of(p % width, Math.floor(p / width)))
  const cost = () => Math.floor(random() * 6)
  return {
    ...{ width, height, leanings: each(() => Math.floor(random() * 21) - 10) },
    ties: [
      each((x) => (x < width - 1 ? cost() : 0)),
      each((_, y) => (y < height - 1 ? cost() : 0)),
      each((x, y) => (x < width - 1 && y < height - 1 ? cost() : 0)),
      each((x, y) => (x > 0 && y < height - 1 ? cost() : 0)),
    ],
  }
}

it('finds a cut as cheap as the cheapest of all', () => {
  for (let round = 0; round < 40; round++) {
    const grid = drawn(4, 3)
    let least = Number.POSITIVE_INFINITY
    for (let bits = 0; bits < 2 ** 12; bits++) {
      least = Math.min(
        least,
        costOf(
          grid,
          Array.from({ length: 12 }, (_, p) => (bits >> p) & 1),
        ),
      )
    }
    expect(costOf(grid, cutGrid(grid))).toBe(least)
  }
})

it('cannot be bettered by any one pixel of a larger grid', () => {
  const grid = drawn(40, 30)
  const cut = cutGrid(grid)
  const cost = costOf(grid, cut)
  for (let p = 0; p < cut.length; p += 7) {
    const other = cut.slice()
    other[p] = 1 - other[p]
    expect(costOf(grid, other)).toBeGreaterThanOrEqual(cost)
  }
})
