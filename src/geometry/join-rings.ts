import type { Box } from './boxes.ts'
import type { Polygon } from './polygon.ts'

/** A way from a corner of a ring already joined to the nearest corner of another ring. */
interface Bridge {
  readonly from: number
  readonly fromCorner: number
  readonly to: number
  readonly toCorner: number
  readonly squaredLength: number
}

/** A corner on the way around a ring. */
interface Step {
  readonly x: number
  readonly y: number
  next: Step
  /** Where the way comes back to this corner for the last time; itself where no bridge begins here. */
  last: Step
}

/**
 * One ring that covers what several cover: starting with the first, the nearest ring is joined by a bridge of no
 * width, there and back, between the two corners that are closest. Its signed area is the sum of theirs.
 */
export function joinRings(rings: readonly Polygon[]): Polygon {
  if (rings.length === 0) return []
  const steps = rings.map(stepsAround)
  for (const { from, fromCorner, to, toCorner } of shortestBridges(rings)) {
    const here = steps[from][fromCorner]
    const there = steps[to][toCorner]
    // From here around the other ring, which nothing hangs on yet, and over both corners once more.
    const home = step(here.x, here.y, here.last.next)
    steps[to].at(toCorner - 1)!.next = step(there.x, there.y, home)
    here.last.next = there
    here.last = home
  }
  const joined: number[] = []
  const first = steps[0][0]
  let at = first
  do {
    joined.push(at.x, at.y)
    at = at.next
  } while (at !== first)
  return joined
}

function stepsAround(ring: Polygon): Step[] {
  const steps = Array.from({ length: ring.length / 2 }, (_, i) => step(ring[2 * i], ring[2 * i + 1]))
  for (const [i, one] of steps.entries()) one.next = steps[(i + 1) % steps.length]
  return steps
}

function step(x: number, y: number, next?: Step): Step {
  const one = { x, y } as Step
  one.next = next ?? one
  one.last = one
  return one
}

/** How every ring but the first hangs on those before, in their order: a minimum spanning tree, grown from the first ring. */
function shortestBridges(rings: readonly Polygon[]): Bridge[] {
  const boxes = rings.map(boxAround)
  const nearest: (Bridge | undefined)[] = rings.map(() => undefined)
  const bridges: Bridge[] = []
  const waiting = [...rings.keys()].slice(1)
  let last = 0
  while (waiting.length > 0) {
    let next = 0
    let shortest = Number.POSITIVE_INFINITY
    for (let i = 0; i < waiting.length; i++) {
      const bridge = nearer(nearest[waiting[i]], rings, boxes, last, waiting[i])
      nearest[waiting[i]] = bridge
      if (bridge.squaredLength >= shortest) continue
      next = i
      shortest = bridge.squaredLength
    }
    last = waiting[next]
    waiting.splice(next, 1)
    bridges.push(nearest[last] as Bridge)
  }
  return bridges
}

/** The known bridge to `to`, or one from `from` that is shorter. */
function nearer(
  known: Bridge | undefined,
  rings: readonly Polygon[],
  boxes: readonly Box[],
  from: number,
  to: number,
): Bridge {
  let squaredLength = known ? known.squaredLength : Number.POSITIVE_INFINITY
  const box = boxes[to]
  if (squaredGap(boxes[from], box) >= squaredLength) return known as Bridge
  const source = rings[from]
  const target = rings[to]
  let fromAt = -1
  let toAt = -1
  for (let a = 0; a < source.length; a += 2) {
    const x = source[a]
    const y = source[a + 1]
    if (squaredGap([x, y, x, y], box) >= squaredLength) continue
    for (let b = 0; b < target.length; b += 2) {
      const squared = squaredNorm(x - target[b], y - target[b + 1])
      if (squared >= squaredLength) continue
      squaredLength = squared
      fromAt = a
      toAt = b
    }
  }
  if (fromAt < 0) return known as Bridge
  return { from, fromCorner: fromAt / 2, to, toCorner: toAt / 2, squaredLength }
}

function boxAround(ring: Polygon): Box {
  let [x1, y1, x2, y2] = [ring[0], ring[1], ring[0], ring[1]]
  for (let i = 2; i < ring.length; i += 2) {
    x1 = Math.min(x1, ring[i])
    x2 = Math.max(x2, ring[i])
    y1 = Math.min(y1, ring[i + 1])
    y2 = Math.max(y2, ring[i + 1])
  }
  return [x1, y1, x2, y2]
}

/** Between two boxes; 0 where they meet. */
function squaredGap(a: Box, b: Box): number {
  return squaredNorm(Math.max(b[0] - a[2], a[0] - b[2], 0), Math.max(b[1] - a[3], a[1] - b[3], 0))
}

function squaredNorm(x: number, y: number): number {
  return x * x + y * y
}
