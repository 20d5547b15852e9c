import type { Size } from './boxes.ts'

/** Pixels joined with their eight neighbours: what it costs to tell each pair apart, and each pixel against its own leaning. */
export interface PixelGrid extends Size {
  /** Row-major [H, W]: how much a pixel leans to the inside; to the outside where it is below 0. */
  readonly leanings: Float64Array
  /** Cost of a pixel and its neighbour to the right, below, below to the right and below to the left being told apart; 0 where there is none. */
  readonly ties: readonly [Float64Array, Float64Array, Float64Array, Float64Array]
}

const NONE = -1
/** Stands in `parent` for a pixel that hangs on a terminal, and for one that has lost its own. */
const [TERMINAL, ORPHAN] = [8, 9]
const [FREE, INSIDE, OUTSIDE] = [0, 1, 2]

/**
 * Which pixels are inside, row-major [H, W], at the least sum of the leanings that are not followed and the ties that are cut:
 * a minimum cut by augmenting paths that grow from both sides (Boykov and Kolmogorov 2004). Of cuts of equal cost it takes the
 * one with the fewest pixels inside.
 */
export function cutGrid({ width, height, leanings, ties }: PixelGrid): Uint8Array<ArrayBuffer> {
  const count = width * height
  // Directions come in pairs: one and its reverse differ in the last bit.
  const steps = [1, -1, width, -width, width + 1, -width - 1, width - 1, 1 - width]
  const room = steps.map(() => new Float64Array(count))
  for (const [i, costs] of ties.entries()) {
    for (let p = 0; p < count; p++) {
      if (costs[p] <= 0) continue
      room[2 * i][p] = costs[p]
      room[2 * i + 1][p + steps[2 * i]] = costs[p]
    }
  }
  const own = leanings.slice()
  const tree = new Uint8Array(count)
  const parent = new Int8Array(count).fill(NONE)
  const depth = new Int32Array(count)
  const mark = new Int32Array(count)
  let time = 0
  const active: number[] = []
  const isActive = new Uint8Array(count)
  const orphans: number[] = []
  const activate = (p: number) => {
    if (isActive[p]) return
    isActive[p] = 1
    active.push(p)
  }
  for (let p = 0; p < count; p++) {
    if (own[p] === 0) continue
    tree[p] = own[p] > 0 ? INSIDE : OUTSIDE
    parent[p] = TERMINAL
    depth[p] = 1
    activate(p)
  }
  /** Room from a pixel to its neighbour in the direction of flow of a tree. */
  const roomOf = (side: number, p: number, direction: number, q: number) =>
    side === INSIDE ? room[direction][p] : room[direction ^ 1][q]

  /** A way between the trees, by its last pixel of the inner one and the direction on; undefined where there is none. */
  const grow = (): readonly [number, number] | undefined => {
    for (; head < active.length; head++) {
      const p = active[head]
      if (!isActive[p]) continue
      const side = tree[p]
      if (side !== FREE) {
        for (let direction = 0; direction < 8; direction++) {
          const q = p + steps[direction]
          if (q < 0 || q >= count || roomOf(side, p, direction, q) <= 0) continue
          if (tree[q] === FREE) {
            tree[q] = side
            parent[q] = direction ^ 1
            mark[q] = mark[p]
            depth[q] = depth[p] + 1
            activate(q)
          } else if (tree[q] !== side) {
            return side === INSIDE ? [p, direction] : [q, direction ^ 1]
          } else if (mark[q] <= mark[p] && depth[q] > depth[p] && parent[q] !== TERMINAL) {
            parent[q] = direction ^ 1
            mark[q] = mark[p]
            depth[q] = depth[p] + 1
          }
        }
      }
      isActive[p] = 0
    }
    return undefined
  }

  const orphan = (p: number) => {
    parent[p] = ORPHAN
    orphans.push(p)
  }
  const augment = (start: number, direction: number) => {
    const end = start + steps[direction]
    let least = room[direction][start]
    let p = start
    for (; parent[p] !== TERMINAL; p += steps[parent[p]]) {
      const back = parent[p]
      least = Math.min(least, room[back ^ 1][p + steps[back]])
    }
    least = Math.min(least, own[p])
    for (p = end; parent[p] !== TERMINAL; p += steps[parent[p]]) least = Math.min(least, room[parent[p]][p])
    least = Math.min(least, -own[p])

    room[direction][start] -= least
    room[direction ^ 1][end] += least
    for (p = start; parent[p] !== TERMINAL; ) {
      const back = parent[p]
      const above = p + steps[back]
      room[back ^ 1][above] -= least
      room[back][p] += least
      if (room[back ^ 1][above] <= 0) orphan(p)
      p = above
    }
    own[p] -= least
    if (own[p] <= 0) orphan(p)
    for (p = end; parent[p] !== TERMINAL; ) {
      const back = parent[p]
      const above = p + steps[back]
      room[back][p] -= least
      room[back ^ 1][above] += least
      if (room[back][p] <= 0) orphan(p)
      p = above
    }
    own[p] += least
    if (own[p] >= 0) orphan(p)
  }

  /** Steps to the terminal; infinite where the way there ends at an orphan. */
  const rootedDepth = (from: number): number => {
    let far = 0
    for (let p = from; ; p += steps[parent[p]]) {
      if (mark[p] === time) return far + depth[p]
      far++
      if (parent[p] === TERMINAL) {
        mark[p] = time
        depth[p] = 1
        return far
      }
      if (parent[p] === ORPHAN || parent[p] === NONE) return Number.POSITIVE_INFINITY
    }
  }
  const adopt = (p: number) => {
    const side = tree[p]
    let best = NONE
    let bestDepth = Number.POSITIVE_INFINITY
    for (let direction = 0; direction < 8; direction++) {
      const q = p + steps[direction]
      if (q < 0 || q >= count || tree[q] !== side || roomOf(side, q, direction ^ 1, p) <= 0) continue
      let far = rootedDepth(q)
      if (far === Number.POSITIVE_INFINITY) continue
      if (far < bestDepth) [best, bestDepth] = [direction, far]
      for (let at = q; mark[at] !== time; at += steps[parent[at]]) {
        mark[at] = time
        depth[at] = far--
      }
    }
    if (best !== NONE) {
      parent[p] = best
      mark[p] = time
      depth[p] = bestDepth + 1
      return
    }
    for (let direction = 0; direction < 8; direction++) {
      const q = p + steps[direction]
      if (q < 0 || q >= count || tree[q] !== side) continue
      if (roomOf(side, q, direction ^ 1, p) > 0) activate(q)
      if (parent[q] < TERMINAL && parent[q] === (direction ^ 1)) orphan(q)
    }
    tree[p] = FREE
    parent[p] = NONE
    isActive[p] = 0
  }

  let head = 0
  for (let way = grow(); way; way = grow()) {
    time++
    augment(...way)
    for (let i = 0; i < orphans.length; i++) adopt(orphans[i])
    orphans.length = 0
    if (head > 1e6) {
      active.splice(0, head)
      head = 0
    }
  }
  return Uint8Array.from(tree, (side) => (side === INSIDE ? 1 : 0))
}
