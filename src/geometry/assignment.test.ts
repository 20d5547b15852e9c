import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignPairs } from './assignment.ts'

/** The most that any choice of pairs is worth: every one is tried. */
function mostWorth(worths: readonly number[], rows: number, columns: number): number {
  const best = (row: number, taken: number): number => {
    if (row === rows) return 0
    let most = best(row + 1, taken)
    for (let column = 0; column < columns; column++) {
      const worth = worths[row * columns + column]
      if (worth > 0 && !(taken & (1 << column))) {
        most = Math.max(most, worth + best(row + 1, taken | (1 << column)))
      }
    }
    return most
  }
  return best(0, 0)
}

const matrices = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }))
  .chain(([rows, columns]) => {
    const cells = { minLength: rows * columns, maxLength: rows * columns }
    const whole = fc.integer({ min: -2, max: 9 })
    const worth = fc.oneof(whole, fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(0))
    return fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      worths: fc.array(worth, cells),
    })
  })

describe('assignPairs', () => {
  it('is worth as much as the best of all choices, whatever the shape', () => {
    fc.assert(
      fc.property(matrices, ({ worths, rows, columns }) => {
        const pairs = assignPairs(worths, rows, columns)
        expect(new Set(pairs.map(([row]) => row)).size).toBe(pairs.length)
        expect(new Set(pairs.map(([, column]) => column)).size).toBe(pairs.length)
        const each = pairs.map(([row, column]) => worths[row * columns + column])
        expect(each.every((worth) => worth > 0)).toBe(true)
        expect(each.reduce((a, b) => a + b, 0)).toBeCloseTo(mostWorth(worths, rows, columns), 9)
      }),
      { numRuns: 500 },
    )
  })

  it('gives up a good pair for two that are better together', () => {
    expect(assignPairs([0.9, 0.8, 0.7, 0], 2, 2)).toEqual([
      [0, 1],
      [1, 0],
    ])
  })

  it('makes no pair of nothing', () => {
    expect(assignPairs([], 0, 0)).toEqual([])
    expect(assignPairs([], 3, 0)).toEqual([])
    expect(assignPairs([0, -1, Number.NaN, 2], 2, 2)).toEqual([[1, 1]])
  })
})
