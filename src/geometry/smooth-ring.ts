import type { Polygon } from './polygon.ts'

/**
 * A ring along pixel edges drawn through the middles of those edges, as marching squares draws the line where a mask passes
 * 0.5: corners become diagonals, straight edges stay. Each corner takes or gives an eighth of a square pixel, so that a ring
 * encloses half a square pixel less than the pixels do (a hole half a one more).
 */
export function smoothRing(corners: Polygon): number[] {
  const ring: number[] = []
  for (let i = 0; i < corners.length; i += 2) {
    const j = (i + 2) % corners.length
    const [dx, dy] = [corners[j] - corners[i], corners[j + 1] - corners[i + 1]]
    const length = Math.abs(dx) + Math.abs(dy)
    const [stepX, stepY] = [dx / length / 2, dy / length / 2]
    ring.push(corners[i] + stepX, corners[i + 1] + stepY)
    if (length > 1) ring.push(corners[j] - stepX, corners[j + 1] - stepY)
  }
  return withoutFlatPoints(ring)
}

/** Without points that lie on the line between their neighbours. */
function withoutFlatPoints(ring: readonly number[]): number[] {
  const kept: number[] = []
  const n = ring.length
  for (let i = 0; i < n; i += 2) {
    const [before, after] = [(i + n - 2) % n, (i + 2) % n]
    const [inX, inY] = [ring[i] - ring[before], ring[i + 1] - ring[before + 1]]
    const [outX, outY] = [ring[after] - ring[i], ring[after + 1] - ring[i + 1]]
    if (inX * outY !== inY * outX) kept.push(ring[i], ring[i + 1])
  }
  return kept
}
