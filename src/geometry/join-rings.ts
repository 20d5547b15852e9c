import { CornerTree } from './corner-tree.ts'
import type { Polygon } from './polygon.ts'
import { WayHeap } from './way-heap.ts'

/** A way from a corner of a ring already joined to the nearest corner of another ring. */
interface Bridge {
  readonly from: number
  readonly fromCorner: number
  readonly to: number
  readonly toCorner: number
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

/**
 * How every ring but the first hangs on those before, in their order: a minimum spanning tree, grown from the first ring by
 * the corner that lies nearest to one of the rings in it (Prim 1957). Of equally short ways the first ring is taken, then
 * the way from the ring that was joined first, from its first corner.
 */
function shortestBridges(rings: readonly Polygon[]): Bridge[] {
  const { xs, ys, ringOf, firstOf } = cornersOf(rings)
  const waiting = new CornerTree(xs, ys)
  const isJoined = new Uint8Array(rings.length)
  const ways = new WayHeap()
  let steps = 0
  const search = (from: number, order: number) => {
    const found = waiting.nearest(xs[from], ys[from])
    if (found) ways.add({ from, order, to: found.corner, toRing: ringOf[found.corner], ...found })
  }
  const join = (ring: number) => {
    isJoined[ring] = 1
    for (let corner = firstOf[ring]; corner < firstOf[ring + 1]; corner++) waiting.remove(corner)
    for (let corner = firstOf[ring]; corner < firstOf[ring + 1]; corner++) search(corner, steps++)
  }
  const bridges: Bridge[] = []
  join(0)
  for (let way = ways.take(); way; way = ways.take()) {
    const { from, order, to, toRing } = way
    if (isJoined[toRing]) {
      search(from, order)
      continue
    }
    const fromRing = ringOf[from]
    const [fromCorner, toCorner] = [from - firstOf[fromRing], to - firstOf[toRing]]
    bridges.push({ from: fromRing, fromCorner, to: toRing, toCorner })
    join(toRing)
    search(from, order)
  }
  return bridges
}

/** Corners of all rings, one after the other. */
function cornersOf(rings: readonly Polygon[]) {
  const count = rings.reduce((sum, { length }) => sum + length / 2, 0)
  const [xs, ys] = [new Float64Array(count), new Float64Array(count)]
  const ringOf = new Uint32Array(count)
  /** Number of the first corner of each ring, and of all corners at the end. */
  const firstOf = new Uint32Array(rings.length + 1)
  for (const [i, ring] of rings.entries()) {
    firstOf[i + 1] = firstOf[i] + ring.length / 2
    ringOf.fill(i, firstOf[i], firstOf[i + 1])
    for (let k = 0; k < ring.length; k += 2) {
      xs[firstOf[i] + k / 2] = ring[k]
      ys[firstOf[i] + k / 2] = ring[k + 1]
    }
  }
  return { xs, ys, ringOf, firstOf }
}
