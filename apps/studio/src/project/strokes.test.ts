import { expect, it } from 'vitest'
import { decodeRle, decompressRle } from '../../../../src/geometry/rle.ts'
import { painted, type Stroke } from './strokes.ts'

const size = { width: 60, height: 40 }
const stroke: Stroke = { points: [10, 12, 30, 20, 58, 5], radius: 6 }

/** Distance from the middle of a pixel to the nearest point of the stroke's line, worked out by hand. */
function distance(px: number, py: number): number {
  const { points } = stroke
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i + 3 < points.length; i += 2) {
    const [x1, y1, x2, y2] = points.slice(i, i + 4)
    const along = ((px - x1) * (x2 - x1) + (py - y1) * (y2 - y1)) / ((x2 - x1) ** 2 + (y2 - y1) ** 2)
    const t = Math.min(1, Math.max(0, along))
    least = Math.min(least, Math.hypot(px - x1 - t * (x2 - x1), py - y1 - t * (y2 - y1)))
  }
  return least
}

/** Calls `look` for every pixel with whether it is set. */
function pixels(
  mask: ReturnType<typeof painted>,
  look: (x: number, y: number, isSet: boolean) => void,
): void {
  const bitmap = decodeRle(decompressRle(mask!))
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) look(x + 0.5, y + 0.5, bitmap[y * size.width + x] === 1)
  }
}

it('sets what lies under the brush, up to a pixel, also where it leaves the photo', () => {
  let set = 0
  pixels(painted([], undefined, stroke, 'add', size), (x, y, isSet) => {
    const far = distance(x, y)
    if (far < stroke.radius - 1) expect(isSet, `${x} ${y}`).toBe(true)
    if (far > stroke.radius + 1) expect(isSet, `${x} ${y}`).toBe(false)
    set += Number(isSet)
  })
  expect(set).toBeGreaterThan(300)
})

it('keeps what was there, and takes away what is under it alone', () => {
  const square = [[20, 5, 50, 5, 50, 35, 20, 35]]
  pixels(painted(square, undefined, stroke, 'add', size), (x, y, isSet) => {
    const isInside = x > 20 && x < 50 && y > 5 && y < 35
    if (isInside || distance(x, y) < stroke.radius - 1) expect(isSet, `${x} ${y}`).toBe(true)
  })
  pixels(painted(square, undefined, stroke, 'remove', size), (x, y, isSet) => {
    const isInside = x > 20 && x < 50 && y > 5 && y < 35
    if (!isInside || distance(x, y) < stroke.radius - 1) expect(isSet, `${x} ${y}`).toBe(false)
    else if (distance(x, y) > stroke.radius + 1) expect(isSet, `${x} ${y}`).toBe(true)
  })
})

it('leaves nothing of what is wholly under it, and draws a disc where the brush did not move', () => {
  const dot = { points: [30, 20], radius: 8 }
  expect(painted([[27, 17, 33, 17, 33, 23, 27, 23]], undefined, dot, 'remove', size)).toBe(undefined)
  let set = 0
  pixels(painted(undefined, undefined, dot, 'add', size), (_, __, isSet) => {
    set += Number(isSet)
  })
  expect(Math.abs(set - Math.PI * 64)).toBeLessThan(8)
})
