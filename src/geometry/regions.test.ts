import { describe, expect, it } from 'vitest'
import { tileRegions } from './regions.ts'

describe('tileRegions', () => {
  const lefts = (width: number, side: number, overlap: number) =>
    tileRegions({ width, height: 1 }, side, overlap).map(({ left }) => left)

  it('spreads as few tiles as have enough in common, the last ending with the picture', () => {
    expect(lefts(8, 4, 0)).toEqual([0, 4])
    // Three tiles of 4 on 10 pixels begin 3 apart.
    expect(lefts(10, 4, 0)).toEqual([0, 3, 6])
    expect(lefts(10, 4, 2)).toEqual([0, 2, 4, 6])
    // Steps of at most 80 from 0 to 150: two of 75.
    expect(lefts(250, 100, 20)).toEqual([0, 75, 150])
    expect(lefts(251, 100, 20)).toEqual([0, 76, 151])
  })

  it('leaves a picture whole on an axis that is no longer than a tile', () => {
    expect(tileRegions({ width: 3, height: 5 }, 4, 1)).toEqual([
      { left: 0, top: 0, width: 3, height: 4 },
      { left: 0, top: 1, width: 3, height: 4 },
    ])
    expect(tileRegions({ width: 3, height: 2 }, 4, 3)).toEqual([{ left: 0, top: 0, width: 3, height: 2 }])
  })

  it('never shares less than asked for', () => {
    for (let width = 10; width < 60; width++) {
      for (const overlap of [0, 1, 4, 9]) {
        const found = lefts(width, 10, overlap)
        expect(found.at(-1)).toBe(width - 10)
        for (const [i, left] of found.slice(1).entries())
          expect(left - found[i]).toBeLessThanOrEqual(10 - overlap)
      }
    }
  })
})
