import { type Polygon, signedArea } from './polygon.ts'
import { ringsMeet } from './rings-meet.ts'

/** How often a tolerance is halved before rings are left as they are. */
const HALVINGS = 5

/**
 * Rings with fewer points: no point that was left out is farther than `tolerance` from the ring that stays (Douglas and
 * Peucker 1973, on both halves of the closed line). Rings keep their way round and never vanish; where they would come to
 * cross themselves or each other, a smaller tolerance is taken for all.
 */
export function simplifyRings(rings: readonly Polygon[], tolerance: number): readonly Polygon[] {
  for (let halving = 0, within = tolerance; within > 0 && halving <= HALVINGS; halving++, within /= 2) {
    const simpler = rings.map((ring) => simplifyRing(ring, within))
    if (!ringsMeet(simpler)) return simpler
  }
  return rings
}

function simplifyRing(ring: Polygon, tolerance: number): Polygon {
  const count = ring.length / 2
  if (count <= 3) return ring
  // Two points far from each other stay: the ends of both halves.
  const first = farthestFrom(ring, ring[0], ring[1])
  const second = farthestFrom(ring, ring[2 * first], ring[2 * first + 1])
  const kept = new Set([first, second])
  keepWithin(ring, first, second, tolerance, kept)
  keepWithin(ring, second, first, tolerance, kept)
  if (kept.size < 3) return ring
  const simpler = [...kept].sort((a, b) => a - b).flatMap((i) => [ring[2 * i], ring[2 * i + 1]])
  return Math.sign(signedArea(simpler)) === Math.sign(signedArea(ring)) ? simpler : ring
}

function farthestFrom(ring: Polygon, x: number, y: number): number {
  let [farthest, most] = [0, -1]
  for (let i = 0; i < ring.length; i += 2) {
    const distance = (ring[i] - x) ** 2 + (ring[i + 1] - y) ** 2
    if (distance > most) [farthest, most] = [i / 2, distance]
  }
  return farthest
}

/** Adds to `kept` what must stay between two points of the ring, going forwards. */
function keepWithin(ring: Polygon, from: number, to: number, tolerance: number, kept: Set<number>): void {
  const count = ring.length / 2
  const waiting = [[from, to < from ? to + count : to]]
  for (let span = waiting.pop(); span; span = waiting.pop()) {
    const [start, end] = span
    const [a, b] = [start % count, end % count]
    let [split, most] = [-1, tolerance ** 2]
    for (let i = start + 1; i < end; i++) {
      const distance = squaredDistance(ring, i % count, a, b)
      if (distance > most) [split, most] = [i, distance]
    }
    if (split < 0) continue
    kept.add(split % count)
    waiting.push([start, split], [split, end])
  }
}

/** From point i to the straight piece between points a and b. */
function squaredDistance(ring: Polygon, i: number, a: number, b: number): number {
  const [ax, ay] = [ring[2 * a], ring[2 * a + 1]]
  const [dx, dy] = [ring[2 * b] - ax, ring[2 * b + 1] - ay]
  const [px, py] = [ring[2 * i] - ax, ring[2 * i + 1] - ay]
  const length = dx * dx + dy * dy
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length))
  return (px - share * dx) ** 2 + (py - share * dy) ** 2
}
