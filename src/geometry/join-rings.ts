import type { Polygon } from './polygon.ts'

/** A way from a corner of a ring already joined to the nearest corner of another ring. */
interface Bridge {
  readonly from: { readonly ring: number; readonly corner: number }
  readonly corner: number
  readonly squaredLength: number
}

/**
 * One ring that covers what several cover: starting with the first, the nearest ring is joined by a bridge of no
 * width, there and back, between the two corners that are closest. Its signed area is the sum of theirs.
 */
export function joinRings(rings: readonly Polygon[]): Polygon {
  const bridges = shortestBridges(rings)
  const joined: number[] = []
  const walk = (ring: number, start: number) => {
    const corners = rings[ring].length / 2
    for (let i = 0; i < corners; i++) {
      const corner = (start + i) % corners
      const [x, y] = cornerAt(rings[ring], corner)
      joined.push(x, y)
      for (const [other, bridge] of bridges) {
        if (bridge.from.ring !== ring || bridge.from.corner !== corner) continue
        walk(other, bridge.corner)
        joined.push(...cornerAt(rings[other], bridge.corner), x, y)
      }
    }
  }
  if (rings.length > 0) walk(0, 0)
  return joined
}

/** For every ring but the first, how it hangs on those before: a minimum spanning tree, grown from the first ring. */
function shortestBridges(rings: readonly Polygon[]): Map<number, Bridge> {
  const nearest = new Map<number, Bridge>()
  const joined = new Map<number, Bridge>()
  const waiting = new Set(rings.keys())
  let last = 0
  while (waiting.delete(last) && waiting.size > 0) {
    let next = -1
    for (const ring of waiting) {
      const bridge = nearer(nearest.get(ring), rings, last, ring)
      nearest.set(ring, bridge)
      if (next < 0 || bridge.squaredLength < (nearest.get(next) as Bridge).squaredLength) next = ring
    }
    joined.set(next, nearest.get(next) as Bridge)
    last = next
  }
  return joined
}

function nearer(known: Bridge | undefined, rings: readonly Polygon[], from: number, to: number): Bridge {
  let best = known
  for (let a = 0; a < rings[from].length / 2; a++) {
    const [ax, ay] = cornerAt(rings[from], a)
    for (let b = 0; b < rings[to].length / 2; b++) {
      const [bx, by] = cornerAt(rings[to], b)
      const squaredLength = (ax - bx) ** 2 + (ay - by) ** 2
      if (best && squaredLength >= best.squaredLength) continue
      best = { from: { ring: from, corner: a }, corner: b, squaredLength }
    }
  }
  return best as Bridge
}

function cornerAt(ring: Polygon, corner: number): [x: number, y: number] {
  return [ring[2 * corner], ring[2 * corner + 1]]
}
