/** A way from a corner of what is joined to the nearest corner of a ring that is not, corners numbered over all rings. */
export interface Way {
  readonly from: number
  /** Of all corners in the order in which they were joined. */
  readonly order: number
  readonly to: number
  readonly toRing: number
  readonly squaredLength: number
}

/** Ways of which the shortest is at hand: a binary heap. */
export class WayHeap {
  readonly #ways: Way[] = []

  add(way: Way): void {
    const ways = this.#ways
    let at = ways.length
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(way, ways[above])) break
      ways[at] = ways[above]
      at = above
    }
    ways[at] = way
  }

  /** Takes out the shortest; of equals that to the first ring, then that from the corner joined first. */
  take(): Way | undefined {
    const ways = this.#ways
    const first = ways[0]
    const last = ways.pop()
    if (last === undefined || ways.length === 0) return first
    let at = 0
    for (let below = 1; below < ways.length; below = 2 * at + 1) {
      if (below + 1 < ways.length && isBefore(ways[below + 1], ways[below])) below++
      if (!isBefore(ways[below], last)) break
      ways[at] = ways[below]
      at = below
    }
    ways[at] = last
    return first
  }
}

function isBefore(a: Way, b: Way): boolean {
  return (a.squaredLength - b.squaredLength || a.toRing - b.toRing || a.order - b.order) < 0
}
