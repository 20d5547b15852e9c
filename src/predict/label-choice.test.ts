import { describe, expect, it } from 'vitest'
import { chooseForLabels, orderForLabels, pictureDescriptor } from './label-choice.ts'

const at = (x: number) => Float64Array.of(x)
const points = (...places: (readonly [number, number])[]) =>
  places.map(([x, uncertainty]) => ({ descriptor: at(x), uncertainty }))

const sure = [50, 60, 70, 80, 90].map((x) => [x, 0.05] as const)

describe('chooseForLabels', () => {
  it('goes from the most uncertain to what is farthest from all that was chosen', () => {
    // On a line: 0 first (most uncertain), then 10, then 5 (5 away from both; 2 and 9 are nearer to one), then 2. What is sure lies
    // farther away.
    const line = points([2, 0.5], [10, 0.2], [0, 0.9], [5, 0.3], [9, 0.8], ...sure)
    expect(chooseForLabels(line, [], 4)).toEqual([
      { index: 2 },
      { index: 1, distance: 10 },
      { index: 3, distance: 5 },
      { index: 0, distance: 2 },
    ])
    expect(chooseForLabels(line, [], 19).length).toBe(10)
  })

  it('begins far from what is labelled', () => {
    const line = points([2, 0.5], [10, 0.2], [0, 0.9], ...sure.slice(0, 3))
    expect(chooseForLabels(line, [at(0), at(11)], 2)).toEqual([
      { index: 0, distance: 2 },
      { index: 1, distance: 1 },
    ])
  })

  it('looks at four times as many as are wanted, the most uncertain', () => {
    const line = points([100, 0.1], [1, 0.9], [2, 0.8], [3, 0.7], [4, 0.6], ...sure)
    expect(chooseForLabels(line, [at(0)], 1)).toEqual([{ index: 4, distance: 4 }])
    // ... and the more uncertain half at most.
    expect(chooseForLabels(line.slice(0, 5), [at(0)], 1)).toEqual([{ index: 3, distance: 3 }])
  })

  it('gives ties to the more uncertain', () => {
    expect(chooseForLabels(points([1, 0.1], [-1, 0.2]), [at(0)], 2).map(({ index }) => index)).toEqual([1, 0])
  })
})

describe('orderForLabels', () => {
  it('has rounds of ten as they would be chosen one after the other, then the most uncertain', () => {
    // On a line at 1 to 12, the most uncertain first, with 0 labelled. Of the ten first: 10 is farthest, then 5 (5 away from 0 and 10),
    // then 2 and 7 (2 away, as 3 and 8, which are surer), then the six that are 1 away. Of the second round 12 is 2 away from 10.
    const dozen = points(...Array.from({ length: 12 }, (_, i) => [i + 1, 0.9 - i / 100] as const))
    expect(orderForLabels(dozen, [at(0)]).map((i) => i + 1)).toEqual([10, 5, 2, 7, 1, 3, 4, 6, 8, 9, 12, 11])
    const many = points(...Array.from({ length: 130 }, (_, i) => [i, (i * 37) % 130] as const))
    const order = orderForLabels(many, [])
    expect(order.toSorted((a, b) => a - b)).toEqual(many.map((_, i) => i))
    const rest = order.slice(100).map((i) => many[i].uncertainty)
    expect(rest).toEqual(rest.toSorted((a, b) => b - a))
    expect(order.slice(0, 10)).toEqual(chooseForLabels(many, [], 10).map(({ index }) => index))
  })
})

describe('pictureDescriptor', () => {
  it('has the mean colours of its parts', () => {
    // 16 x 8: two pixels a part, one row; red doubles along each part.
    const data = new Uint8Array(16 * 8 * 3)
    for (let i = 0; i < 16 * 8; i++) data.set([i % 2 === 0 ? 51 : 153, 255, 0], i * 3)
    const parts = pictureDescriptor({ data, width: 16, height: 8 })
    expect(parts.length).toBe(192)
    for (let i = 0; i < 192; i += 3) {
      expect(parts[i]).toBeCloseTo(0.4, 12)
      expect([parts[i + 1], parts[i + 2]]).toEqual([1, 0])
    }
    // Parts of pictures smaller than the grid that no pixel lies in are black.
    expect(pictureDescriptor({ data: new Uint8Array(12).fill(255), width: 2, height: 2 })[0]).toBe(1)
  })
})
