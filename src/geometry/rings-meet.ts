import type { Polygon } from './polygon.ts'

interface Edge {
  readonly from: readonly [x: number, y: number]
  readonly to: readonly [x: number, y: number]
  readonly left: number
  readonly right: number
}

/**
 * Whether rings cross or touch themselves or each other anywhere but in a point that both have as a corner, or fold back on
 * themselves.
 */
export function ringsMeet(rings: readonly Polygon[]): boolean {
  const edges = rings.flatMap((ring) => edgesOf(ring)).sort((a, b) => a.left - b.left)
  for (const [i, a] of edges.entries()) {
    for (let j = i + 1; j < edges.length && edges[j].left <= a.right; j++) {
      if (edgesMeet(a, edges[j])) return true
    }
  }
  return false
}

function edgesOf(ring: Polygon): Edge[] {
  return Array.from({ length: ring.length / 2 }, (_, index) => {
    const next = (2 * index + 2) % ring.length
    const from = [ring[2 * index], ring[2 * index + 1]] as const
    const to = [ring[next], ring[next + 1]] as const
    return { from, to, left: Math.min(from[0], to[0]), right: Math.max(from[0], to[0]) }
  })
}

function edgesMeet(a: Edge, b: Edge): boolean {
  const [a1, a2] = [sideOf(b, a.from), sideOf(b, a.to)]
  const [b1, b2] = [sideOf(a, b.from), sideOf(a, b.to)]
  if (a1 === 0 && a2 === 0) return overlap(a, b)
  const shared = isSame(a.from, b.from) || isSame(a.from, b.to) || isSame(a.to, b.from) || isSame(a.to, b.to)
  return !shared && a1 * a2 <= 0 && b1 * b2 <= 0
}

/** Of edges on one line. */
function overlap(a: Edge, b: Edge): boolean {
  const along = Math.abs(a.to[0] - a.from[0]) >= Math.abs(a.to[1] - a.from[1]) ? 0 : 1
  const [aLow, aHigh] = [Math.min(a.from[along], a.to[along]), Math.max(a.from[along], a.to[along])]
  const [bLow, bHigh] = [Math.min(b.from[along], b.to[along]), Math.max(b.from[along], b.to[along])]
  return Math.max(aLow, bLow) < Math.min(aHigh, bHigh)
}

function isSame([x1, y1]: Edge['from'], [x2, y2]: Edge['from']): boolean {
  return x1 === x2 && y1 === y2
}

/** Positive on one side of the edge, negative on the other, 0 on its line. */
function sideOf({ from: [x1, y1], to: [x2, y2] }: Edge, [x, y]: Edge['from']): number {
  return (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
}
