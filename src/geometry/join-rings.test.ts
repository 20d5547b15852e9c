import { describe, expect, it } from 'vitest'
import { random } from '../tensor/random.ts'
import { joinRings } from './join-rings.ts'
import { signedArea } from './polygon.ts'

/** The same by looking at every pair of corners for every bridge, and inserting rings into a list. */
function joinedSlowly([first, ...others]: readonly (readonly number[])[]): number[] {
  const cornersOf = (ring: readonly number[], name: number) =>
    Array.from({ length: ring.length / 2 }, (_, i) => ({
      x: ring[2 * i],
      y: ring[2 * i + 1],
      id: `${name}/${i}`,
    }))
  const joined = cornersOf(first, 0)
  const trees = [joined.slice()]
  const waiting = others.map((ring, i) => cornersOf(ring, i + 1))
  while (waiting.length > 0) {
    let best = { length: Number.POSITIVE_INFINITY, ring: 0, from: '', at: 0 }
    for (const [ring, corners] of waiting.entries()) {
      for (const { x, y, id } of trees.flat()) {
        for (const [at, corner] of corners.entries()) {
          const length = (x - corner.x) ** 2 + (y - corner.y) ** 2
          if (length < best.length) best = { length, ring, from: id, at }
        }
      }
    }
    const [ring] = waiting.splice(best.ring, 1)
    trees.push(ring)
    const from = joined.findLastIndex(({ id }) => id === best.from)
    const around = [...ring.slice(best.at), ...ring.slice(0, best.at)]
    joined.splice(from + 1, 0, ...around, { ...around[0], id: '' }, joined[from])
  }
  return joined.flatMap(({ x, y }) => [x, y])
}

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

  it('joins as looking at all pairs of corners does, also where many are equally near', () => {
    const { uniform, integer } = random(5)
    for (let round = 0; round < 300; round++) {
      // Corners on few places, on more, and anywhere.
      const places = [4, 20, 0][round % 3]
      const rings = Array.from({ length: 1 + integer(9) }, () => {
        const [x, y] = [uniform() * 10, uniform() * 10]
        return Array.from({ length: 2 + 2 * integer(5) }, (_, i) => {
          const value = ((i % 2 === 0 ? x : y) + 3 * uniform()) / 13
          return places > 0 ? Math.floor(places * value) : value
        })
      })
      expect(joinRings(rings)).toEqual(joinedSlowly(rings))
    }
  })

  it('joins thousands of rings that hang on each other', () => {
    const joined = joinRings(Array.from({ length: 6000 }, (_, i) => square(3 * i, 0)))
    // Four corners each, and two more for each bridge.
    expect(joined).toHaveLength(2 * (4 * 6000 + 2 * 5999))
    expect(signedArea(joined)).toBe(6000)
  })
})
