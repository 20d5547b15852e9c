import { describe, expect, it } from 'vitest'
import { keypointsFromHeatmaps } from './keypoints-from-heatmaps.ts'

const maps = (side: number, ...values: number[]) => ({ data: Float32Array.from(values), side })

describe('keypointsFromHeatmaps', () => {
  it('takes the centre of the largest pixel of each map, in pixels of the image', () => {
    // A box of 3 x 3 pixels keeps a 3 x 3 map as it is: row 1, column 2 is centred at (2.5, 1.5) of the box.
    const two = maps(3, 0, 1, 0, 2, 3, 9, 0, 0, 4, 5, 1, 0, 0, 0, 0, 0, 0, 2)
    expect(keypointsFromHeatmaps(two, [10, 20, 13, 23])).toEqual([
      { x: 12.5, y: 21.5, score: 9 },
      { x: 10.5, y: 20.5, score: 5 },
    ])
  })

  it('counts whole pixels, sides rounded up, and shrinks them to the box', () => {
    // 2.5 wide: three pixels of 2.5 / 3; 0.25 high counts as one pixel of side 1.
    const [point] = keypointsFromHeatmaps(maps(3, 0, 0, 8, 0, 0, 9, 0, 0, 8), [4, 6, 6.5, 6.25])
    expect(point.x).toBeCloseTo(4 + (2.5 * 2.5) / 3, 5)
    expect(point.y).toBe(6.5)
    expect(point.score).toBe(9)
  })

  it('takes the first of equals in reading order', () => {
    expect(keypointsFromHeatmaps(maps(2, 1, 1, 1, 1), [0, 0, 2, 2])).toEqual([{ x: 0.5, y: 0.5, score: 1 }])
    expect(keypointsFromHeatmaps(maps(2, 0, 7, 7, 0), [0, 0, 2, 2])).toEqual([{ x: 1.5, y: 0.5, score: 7 }])
  })

  it('interpolates by cubic convolution, which overshoots beside an edge', () => {
    // Columns 0 and 1 enlarged to four: the last lies a quarter beyond column 1. Its taps of a = -0.75 are
    // -0.10546875 on column 0 and 1.10546875 on column 1 and its repetitions.
    const [point] = keypointsFromHeatmaps(maps(2, 0, 1, 0, 1), [0, 0, 4, 2])
    expect(point).toEqual({ x: 3.5, y: 0.5, score: 1.10546875 })
  })

  it('says so where there is no place, and refuses maps that are no squares', () => {
    const [point] = keypointsFromHeatmaps(maps(1, 3), [0, 0, Number.NaN, 4])
    expect(point).toEqual({ x: 0, y: 0, score: Number.NEGATIVE_INFINITY })
    expect(() => keypointsFromHeatmaps(maps(2, 1, 2, 3), [0, 0, 4, 4])).toThrow(
      'expected a multiple of 4 values for side 2, got 3',
    )
  })
})
