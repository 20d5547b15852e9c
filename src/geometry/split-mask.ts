import type { Size } from './boxes.ts'
import { placeMask, spreadMask } from './placed-mask.ts'
import { decodeRle, encodeRle, type Rle } from './rle.ts'

/**
 * The two masks that a line x0 y0 x1 y1 … (pixels of the image) cuts a mask into, the larger one first: together they have all
 * of its pixels, none twice. The line cuts each way from the centre of a pixel to that of a neighbour that it crosses; what
 * still hangs together belongs to the side of the line that it was cut on, and pieces that were not cut stay with the larger
 * mask. Undefined where the line does not go through from border to border.
 */
export function splitMask(mask: Rle, line: readonly number[]): readonly [Rle, Rle] | undefined {
  const placed = placeMask(mask)
  if (!placed || line.length < 4) return undefined
  const { left, top, rle } = placed
  const size = { height: rle.size[0], width: rle.size[1] }
  const inside = decodeRle(rle)
  const own = line.map((value, i) => value - (i % 2 === 0 ? left : top))
  const sides = sidesOf(inside, cutWays(inside, own, size), size)
  const areas = [0, 0, 0]
  for (let i = 0; i < inside.length; i++) if (inside[i]) areas[sides[i]]++
  if (areas[LEFT] === 0 || areas[RIGHT] === 0) return undefined
  const smaller = areas[LEFT] < areas[RIGHT] ? LEFT : RIGHT
  const half = (isSmaller: boolean) => {
    const bitmap = inside.map((isIn, i) => (isIn && (sides[i] === smaller) === isSmaller ? 1 : 0))
    const [height, width] = mask.size
    return spreadMask({ left, top, rle: encodeRle(bitmap, size) }, { height, width })
  }
  return [half(false), half(true)]
}

const [LEFT, RIGHT] = [1, 2]

/** A way to one of eight neighbours that the line crosses: from pixel to pixel, and the side that the first lies on. */
type CutWays = ReadonlyMap<number, ReadonlyMap<number, number>>

/** Of each pixel inside: the side of the line that it belongs to; 0 for pieces that the line does not cut. */
function sidesOf(inside: Uint8Array, cut: CutWays, size: Size): Uint8Array {
  const sides = new Uint8Array(inside.length)
  const seen = new Uint8Array(inside.length)
  for (let start = 0; start < inside.length; start++) {
    if (!inside[start] || seen[start]) continue
    const piece = [start]
    seen[start] = 1
    let votes = 0
    for (let i = 0; i < piece.length; i++) {
      const cuts = cut.get(piece[i])
      for (const next of around(piece[i], size)) {
        const side = cuts?.get(next)
        if (side !== undefined) votes += side === LEFT ? 1 : -1
        else if (inside[next] && !seen[next]) {
          seen[next] = 1
          piece.push(next)
        }
      }
    }
    if (votes !== 0) for (const pixel of piece) sides[pixel] = votes > 0 ? LEFT : RIGHT
  }
  return sides
}

/** A way that is crossed there and back again is not cut. */
function cutWays(inside: Uint8Array, line: readonly number[], size: Size): CutWays {
  const cut = new Map<number, Map<number, number>>()
  for (let edge = 0; edge + 3 < line.length; edge += 2) {
    const [x1, y1, x2, y2] = line.slice(edge, edge + 4)
    const near = new Set<number>()
    for (const pixel of pixelsAlong(x1, y1, x2, y2, size)) {
      for (const one of [pixel, ...around(pixel, size)]) if (inside[one]) near.add(one)
    }
    for (const from of near) {
      const cuts = cut.get(from) ?? new Map<number, number>()
      cut.set(from, cuts)
      for (const to of around(from, size)) {
        if (!inside[to]) continue
        const [px, py] = centreOf(from, size)
        const [qx, qy] = centreOf(to, size)
        const isLeft = isLeftOf(x1, y1, x2, y2, px, py)
        if (isLeft === isLeftOf(x1, y1, x2, y2, qx, qy)) continue
        // Seen the same way from both ends, or a corner of the line on the way would cut one end off alone.
        const way = from < to ? ([px, py, qx, qy] as const) : ([qx, qy, px, py] as const)
        if (isLeftOf(...way, x1, y1) === isLeftOf(...way, x2, y2)) continue
        if (!cuts.delete(to)) cuts.set(to, isLeft ? LEFT : RIGHT)
      }
    }
  }
  return cut
}

/** Pixels that an edge passes, one after the other by their sides. */
function* pixelsAlong(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  { height, width }: Size,
): Generator<number> {
  let [x, y] = [Math.floor(x1), Math.floor(y1)]
  const [endX, endY] = [Math.floor(x2), Math.floor(y2)]
  const [stepX, stepY] = [Math.sign(endX - x), Math.sign(endY - y)]
  const [paceX, paceY] = [Math.abs(1 / (x2 - x1)), Math.abs(1 / (y2 - y1))]
  // Shares of the edge after which it enters the next column, and the next row.
  let nextX = stepX === 0 ? Number.POSITIVE_INFINITY : Math.abs(x + (stepX > 0 ? 1 : 0) - x1) * paceX
  let nextY = stepY === 0 ? Number.POSITIVE_INFINITY : Math.abs(y + (stepY > 0 ? 1 : 0) - y1) * paceY
  for (let left = Math.abs(endX - x) + Math.abs(endY - y); left >= 0; left--) {
    if (x >= 0 && y >= 0 && x < width && y < height) yield y * width + x
    if (y === endY || (x !== endX && nextX < nextY)) {
      x += stepX
      nextX += paceX
    } else {
      y += stepY
      nextY += paceY
    }
  }
}

function centreOf(pixel: number, { width }: Size): [x: number, y: number] {
  return [(pixel % width) + 0.5, Math.floor(pixel / width) + 0.5]
}

/** Whether a place lies on the left of the way from a first place to a second; on it counts as right. */
function isLeftOf(x1: number, y1: number, x2: number, y2: number, x: number, y: number): boolean {
  return (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) < 0
}

/** The up to eight pixels about a pixel. */
function around(pixel: number, { height, width }: Size): number[] {
  const [x, y] = [pixel % width, Math.floor(pixel / width)]
  const found: number[] = []
  for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
    for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
      if (nx !== x || ny !== y) found.push(ny * width + nx)
    }
  }
  return found
}
