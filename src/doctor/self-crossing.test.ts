import { describe, expect, it } from 'vitest'
import { selfCrossing } from './self-crossing.ts'

describe('selfCrossing', () => {
  it('finds where the two halves of a bow tie meet', () => {
    expect(selfCrossing([0, 0, 10, 10, 10, 0, 0, 10])).toEqual({ x: 5, y: 5, loop: 25 })
  })

  it('finds a crossing with the edge that closes the ring', () => {
    // The last edge, from 0, 8 to 0, 0, is crossed twice by the tooth at 10, 4; the loop outside is the triangle to -2, 4.
    const crossing = selfCrossing([0, 0, 20, 0, 20, 3, -4, 4, 20, 5, 20, 8, 0, 8])
    expect(crossing?.x).toBeCloseTo(0, 12)
    expect(crossing?.loop).toBeGreaterThan(0)
  })

  it.each([
    ['a convex ring', [0, 0, 10, 0, 10, 10, 0, 10]],
    ['a concave ring', [0, 0, 10, 0, 5, 5, 10, 10, 0, 10]],
    ['rings that touch at a point', [0, 0, 5, 0, 5, 5, 10, 5, 10, 10, 5, 10, 5, 5, 0, 5]],
    ['a point that comes twice', [0, 0, 10, 0, 10, 0, 10, 10, 0, 10]],
    ['an edge there and back', [0, 0, 10, 0, 15, 5, 10, 0, 10, 10, 0, 10]],
    ['a triangle', [0, 0, 10, 0, 5, 5]],
    // The slip at the corner encloses a twentieth of a pixel.
    ['a slip of the hand', [0, 0, 100, 0, 100.2, 0.2, 100.2, -0.2, 100, 0.1, 100, 100, 0, 100]],
  ])('lets pass %s', (_, ring) => expect(selfCrossing(ring)).toBeUndefined())
})

describe('selfCrossing of long outlines', () => {
  it('finds the one slip in a circle of ten thousand points', () => {
    const circle = Array.from({ length: 10_000 }, (_, i) => (2 * Math.PI * i) / 10_000)
    const ring = circle.flatMap((angle) => [500 + 400 * Math.cos(angle), 500 + 400 * Math.sin(angle)])
    expect(selfCrossing(ring)).toBeUndefined()
    // A spike from the right edge through the left one: the triangle beyond, from x = 100 to 0, is the smaller loop.
    const spiked = [...ring.slice(0, 4), 0, 500.2, ...ring.slice(4)]
    const crossing = selfCrossing(spiked)
    expect(crossing?.x).toBeCloseTo(100, 0)
  })

  it('comes to an end with outlines that cross themselves everywhere', () => {
    const ring = Array.from({ length: 6000 }, (_, i) => [i % 2 ? 0 : 1e5, (i * 7919) % 6000]).flat()
    expect(selfCrossing(ring)?.loop).toBeGreaterThan(0)
  })
})
