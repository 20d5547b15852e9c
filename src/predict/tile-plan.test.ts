import { describe, expect, it } from 'vitest'
import { planTiles } from './tile-plan.ts'

const rule = { kind: 'enlarge', minSize: 640, maxSize: 2048 } as const

describe('planTiles', () => {
  it('leaves a picture whole that the model sees at three quarters of its size or more', () => {
    // The longer side becomes 2048: of 2700 pixels that is 0.76, of 2800 it is 0.73.
    expect(planTiles({ width: 2700, height: 1000 }, rule)).toBeUndefined()
    expect(planTiles({ width: 2800, height: 1000 }, rule)?.size).toEqual({ width: 640, height: 640 })
  })

  it('covers the picture with tiles of one size, the last at the border', () => {
    const { tiles } = planTiles({ width: 250, height: 100 }, rule, { tile: 100, overlap: 20 })!
    // Steps of at most 80 from 0 to 150: two of 75.
    expect(tiles.map(({ left, width }) => [left, width])).toEqual([
      [0, 100],
      [75, 100],
      [150, 100],
    ])
  })

  it('refuses an overlap where there are no tiles', () => {
    expect(() => planTiles({ width: 90, height: 90 }, rule, { tile: 'off', overlap: 20 })).toThrow(
      'overlap: there are no tiles to overlap. Leave it out, or choose tiles',
    )
  })
})
