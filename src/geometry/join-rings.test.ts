import { describe, expect, it } from 'vitest'
import { joinRings } from './join-rings.ts'
import { signedArea } from './polygon.ts'

const square = (x: number, y: number) => [x, y, x + 1, y, x + 1, y + 1, x, y + 1]

describe('joinRings', () => {
  it('joins by the shortest bridges, there and back', () => {
    // The third lies 2 from the second and 5 from the first; nearest corners are (4, 0) and (6, 0), the second's first.
    const rings = [square(0, 0), square(3, 0), square(6, 0)]
    expect(joinRings(rings)).toEqual([
      ...[0, 0, 1, 0],
      ...[3, 0, 4, 0],
      ...[6, 0, 7, 0, 7, 1, 6, 1],
      ...[6, 0, 4, 0],
      ...[4, 1, 3, 1],
      ...[3, 0, 1, 0],
      ...[1, 1, 0, 1],
    ])
  })

  it('goes from one corner to several rings, one after the other', () => {
    const rings = [
      [0, 0, 1, 0, 0, 1],
      [-2, 0, -3, 0, -3, 1],
      [0, -3, 0, -4, 1, -4],
    ]
    expect(joinRings(rings)).toEqual([
      ...[0, 0],
      ...[-2, 0, -3, 0, -3, 1, -2, 0, 0, 0],
      ...[0, -3, 0, -4, 1, -4, 0, -3, 0, 0],
      ...[1, 0, 0, 1],
    ])
  })

  it('joins a ring that another surrounds, and gives one alone as it is', () => {
    const frame = [0, 0, 10, 0, 10, 10, 0, 10]
    const hole = [4, 4, 4, 5, 5, 5, 5, 4]
    expect(joinRings([frame, hole])).toEqual([
      ...[0, 0, 4, 4, 4, 5, 5, 5, 5, 4, 4, 4, 0, 0],
      ...[10, 0, 10, 10, 0, 10],
    ])
    expect(joinRings([frame])).toEqual(frame)
    expect(joinRings([])).toEqual([])
  })

  it('joins thousands of rings that hang on each other', () => {
    const joined = joinRings(Array.from({ length: 6000 }, (_, i) => square(3 * i, 0)))
    // Four corners each, and two more for each bridge.
    expect(joined).toHaveLength(2 * (4 * 6000 + 2 * 5999))
    expect(signedArea(joined)).toBe(6000)
  })
})
