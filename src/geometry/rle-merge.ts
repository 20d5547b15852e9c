import { ShapeError } from '../errors.ts'
import type { Rle } from './rle.ts'

/** Which pixels of a pair belong to the result: bit 3 for those in both, 2 in the first alone, 1 in the second alone. */
const UNION = 0b1110
const INTERSECTION = 0b1000
const DIFFERENCE = 0b0100

/**
 * Union or intersection of masks. As in COCO's API, a mask alone stays as it is, and no masks or masks of different
 * sizes give a mask of size [0, 0].
 */
export function mergeRles(rles: readonly Rle[], how: 'union' | 'intersection' = 'union'): Rle {
  const [first] = rles
  if (!first || rles.some((rle) => !sameSize(rle, first))) return { size: [0, 0], counts: [] }
  return mergeHalves(rles, how === 'union' ? UNION : INTERSECTION)
}

/** Pixels of `a` that are not in `b`. Throws `ShapeError` for masks of different sizes. */
export function subtractRle(a: Rle, b: Rle): Rle {
  if (!sameSize(a, b)) {
    throw new ShapeError('masks of different sizes are subtracted', {
      expected: `size [${a.size.join(', ')}]`,
      got: `[${b.size.join(', ')}]`,
    })
  }
  return mergePair(a, b, DIFFERENCE)
}

/** Background for foreground and the other way round. */
export function complementRle({ size, counts }: Rle): Rle {
  const empty = counts.length === 0 || (counts.length === 1 && counts[0] === 0)
  if (empty) return { size, counts: [0] }
  return { size, counts: counts[0] === 0 ? Array.from(counts.slice(1)) : [0, ...counts] }
}

function sameSize(a: Rle, b: Rle): boolean {
  return a.size[0] === b.size[0] && a.size[1] === b.size[1]
}

/** Pairs of pairs, so that each run is copied as often as the number of masks can be halved. */
function mergeHalves(rles: readonly Rle[], table: number): Rle {
  if (rles.length === 1) return rles[0]
  const middle = rles.length >> 1
  return mergePair(mergeHalves(rles.slice(0, middle), table), mergeHalves(rles.slice(middle), table), table)
}

/** Sweeps both masks; neither the result's runs nor the stretches in between are empty, save a first run of 0. */
function mergePair({ size, counts: a }: Rle, { counts: b }: Rle, table: number): Rle {
  const counts: number[] = []
  let run = 0
  let inside = 0
  let i = 0
  let j = 0
  let leftA = a.length > 0 ? a[0] : 0
  let leftB = b.length > 0 ? b[0] : 0
  while (true) {
    while (leftA === 0 && i + 1 < a.length) leftA = a[++i]
    while (leftB === 0 && j + 1 < b.length) leftB = b[++j]
    const step = Math.min(leftA, leftB)
    if (step === 0) break
    const now = (table >> (((i & 1) << 1) | (j & 1))) & 1
    if (now !== inside) {
      counts.push(run)
      run = 0
      inside = now
    }
    run += step
    leftA -= step
    leftB -= step
  }
  counts.push(run)
  return { size, counts }
}
