import { type Polygon, signedArea } from '../../geometry/polygon.ts'

/** Loops below this share of what the outline encloses are slips of the hand. */
export const LEAST_LOOP_SHARE = 0.02
/** Loops below this many square pixels do not show in the mask. */
export const LEAST_LOOP_PIXELS = 4

export interface SelfCrossing {
  readonly x: number
  readonly y: number
  /** Square pixels in the smaller of the two loops that meet there. */
  readonly loop: number
}

/**
 * The crossing of two edges of a ring that cuts off the largest loop; undefined where no loop matters. Outlines that only
 * touch themselves do not cross.
 */
export function selfCrossing(ring: Polygon): SelfCrossing | undefined {
  const points = ring.length / 2
  const whole = signedArea(ring)
  let largest: SelfCrossing | undefined
  for (let i = 0; i < points; i++) {
    const a = edge(ring, i, points)
    const [left, right] = [Math.min(a[0], a[2]), Math.max(a[0], a[2])]
    const [top, bottom] = [Math.min(a[1], a[3]), Math.max(a[1], a[3])]
    for (let j = i + 2; j < points; j++) {
      const from = 2 * j
      const to = 2 * ((j + 1) % points)
      if (Math.max(ring[from], ring[to]) < left || Math.min(ring[from], ring[to]) > right) continue
      if (Math.max(ring[from + 1], ring[to + 1]) < top || Math.min(ring[from + 1], ring[to + 1]) > bottom)
        continue
      const at = properCrossing(a, edge(ring, j, points))
      if (!at) continue
      const cutOff = signedArea([at[0], at[1], ...ring.slice(2 * i + 2, 2 * j + 2)])
      const rest = whole - cutOff
      const loop = Math.min(Math.abs(cutOff), Math.abs(rest))
      const enclosed = Math.abs(cutOff) + Math.abs(rest)
      if (loop < LEAST_LOOP_PIXELS || loop < LEAST_LOOP_SHARE * enclosed) continue
      if (!largest || loop > largest.loop) largest = { x: at[0], y: at[1], loop }
    }
  }
  return largest
}

type Edge = readonly [x1: number, y1: number, x2: number, y2: number]

function edge(ring: Polygon, i: number, points: number): Edge {
  const j = (i + 1) % points
  return [ring[2 * i], ring[2 * i + 1], ring[2 * j], ring[2 * j + 1]]
}

/** Where two edges cross with their ends strictly on both sides of each other. */
function properCrossing(a: Edge, b: Edge): [number, number] | undefined {
  const [fromSide, toSide] = [sideOf(a, b[0], b[1]), sideOf(a, b[2], b[3])]
  if (!(fromSide * toSide < 0) || !(sideOf(b, a[0], a[1]) * sideOf(b, a[2], a[3]) < 0)) return undefined
  const share = fromSide / (fromSide - toSide)
  return [b[0] + share * (b[2] - b[0]), b[1] + share * (b[3] - b[1])]
}

/** Positive on one side of the edge, negative on the other, 0 on its line. */
function sideOf([x1, y1, x2, y2]: Edge, x: number, y: number): number {
  return (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
}
