import type { Box } from '../geometry/boxes.ts'
import { type Polygon, signedArea } from '../geometry/polygon.ts'

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

/** Edges looked at together: a block whose box meets no other's is passed over whole. */
const BLOCK = 32
/** Pairs of edges looked at in one ring: seconds. Only outlines that are tangled throughout have more that meet. */
const MOST_PAIRS = 5e7

/**
 * The crossing of two edges of a ring that cuts off the largest loop; undefined where no loop matters. Outlines that only
 * touch themselves do not cross. Of outlines of many thousand points that are tangled throughout, the largest loop of those
 * that are looked at first.
 */
export function selfCrossing(ring: Polygon): SelfCrossing | undefined {
  const points = ring.length / 2
  const whole = signedArea(ring)
  const areas = runningAreas(ring)
  const blocks = blockBoxes(ring, points)
  let largest: SelfCrossing | undefined
  let pairs = 0
  for (let i = 0; i < points; i++) {
    const a = edge(ring, i, points)
    const box = boxOf(a)
    for (let j = i + 2; j < points && pairs < MOST_PAIRS; j++) {
      if (!meet(box, blocks[Math.floor(j / BLOCK)])) {
        j += BLOCK - (j % BLOCK) - 1
        continue
      }
      pairs++
      const b = edge(ring, j, points)
      const at = meet(box, boxOf(b)) && properCrossing(a, b)
      if (!at) continue
      const cutOff = loopArea(ring, areas, at, i, j)
      const rest = whole - cutOff
      const loop = Math.min(Math.abs(cutOff), Math.abs(rest))
      const enclosed = Math.abs(cutOff) + Math.abs(rest)
      if (loop < LEAST_LOOP_PIXELS || loop < LEAST_LOOP_SHARE * enclosed) continue
      if (!largest || loop > largest.loop) largest = { x: at[0], y: at[1], loop }
    }
  }
  return largest
}

/** Twice the signed area between the origin and the outline from the first point to each. */
function runningAreas(ring: Polygon): Float64Array {
  const areas = new Float64Array(ring.length / 2)
  for (let i = 1; i < areas.length; i++)
    areas[i] = areas[i - 1] + cross(ring, i - 1, ring[2 * i], ring[2 * i + 1])
  return areas
}

/** Signed area of the loop from the crossing `at` over the points i + 1 to j and back. */
function loopArea(
  ring: Polygon,
  areas: Float64Array,
  at: readonly [number, number],
  i: number,
  j: number,
): number {
  const [x, y] = at
  const first = x * ring[2 * i + 3] - y * ring[2 * i + 2]
  return (first + areas[j] - areas[i + 1] + cross(ring, j, x, y)) / 2
}

function cross(ring: Polygon, i: number, x: number, y: number): number {
  return ring[2 * i] * y - ring[2 * i + 1] * x
}

function blockBoxes(ring: Polygon, points: number): Box[] {
  return Array.from({ length: Math.ceil(points / BLOCK) }, (_, block) => {
    const box: [number, number, number, number] = [...boxOf(edge(ring, block * BLOCK, points))]
    for (let i = block * BLOCK + 1; i < Math.min(points, (block + 1) * BLOCK); i++) {
      const [x1, y1, x2, y2] = boxOf(edge(ring, i, points))
      if (x1 < box[0]) box[0] = x1
      if (y1 < box[1]) box[1] = y1
      if (x2 > box[2]) box[2] = x2
      if (y2 > box[3]) box[3] = y2
    }
    return box
  })
}

function boxOf([x1, y1, x2, y2]: Edge): Box {
  return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)]
}

/** Whether two boxes have a point in common. */
function meet(a: Box, b: Box): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
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
