import { describe, expect, it } from 'vitest'
import { random } from '../tensor/random.ts'
import type { ProbedImage } from './image-probe.ts'
import { correlation, findLikePairs, hashDistance, pictureHash } from './picture-likeness.ts'

const SIDE = 32

/** A picture of a few soft spots. */
function spots(seed: number): Uint8Array {
  const source = random(seed)
  const centres = Array.from({ length: 5 }, () => [
    source.integer(SIDE),
    source.integer(SIDE),
    60 + source.integer(120),
  ])
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)]
    return Math.min(
      250,
      centres.reduce((sum, [cx, cy, v]) => sum + v * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 30), 0),
    )
  })
}

function picture(thumbnail: Uint8Array, pixels: string, width = 100): ProbedImage {
  const size = { width, height: 80 }
  return { kind: 'image', stored: size, shown: size, orientation: 1, pixels, thumbnail }
}

const LIMITS = { hashBits: 6, correlation: 0.95, aspectFactor: 1.02 }

describe('likeness of pictures', () => {
  it('hashes by the signs of the lowest cosine waves', () => {
    // One wave along x, a whole number of pixels: only coefficient 1 lies above the median, which is rounding noise around 0.
    const wave = Uint8Array.from({ length: SIDE * SIDE }, (_, i) =>
      Math.round(128 + 100 * Math.cos((Math.PI / SIDE) * ((i % SIDE) + 0.5))),
    )
    expect(pictureHash(wave)[0] & 2).toBe(2)
    const inverse = wave.map((value) => 255 - value)
    expect(pictureHash(inverse)[0] & 2).toBe(0)
    expect(hashDistance(Uint8Array.of(0b1011, 255), Uint8Array.of(0b0001, 254))).toBe(3)
  })

  it('correlates as the definition says', () => {
    expect(correlation(Uint8Array.of(1, 2, 3), Uint8Array.of(10, 20, 30))).toBeCloseTo(1, 12)
    expect(correlation(Uint8Array.of(1, 2, 3), Uint8Array.of(30, 20, 10))).toBeCloseTo(-1, 12)
    // Means 2 and 4; deviations -1 0 1 and -1 -2 3: 4 / sqrt(2 * 14).
    expect(correlation(Uint8Array.of(1, 2, 3), Uint8Array.of(3, 2, 7))).toBeCloseTo(4 / Math.sqrt(28), 12)
    expect(correlation(Uint8Array.of(5, 5, 5), Uint8Array.of(1, 2, 3))).toBe(0)
  })

  it('finds every copy among many pictures, and no other pair', () => {
    const originals = Array.from({ length: 200 }, (_, i) => picture(spots(i), `${i}`))
    const noise = random(999)
    const noisy = spots(17).map((value) => value + noise.integer(5))
    const darker = spots(42).map((value) => 0.8 * value)
    const pictures = [...originals, picture(noisy, 'noisy'), picture(darker, 'darker')]
    expect(findLikePairs(pictures, LIMITS).map(({ first, second }) => [first, second])).toEqual([
      [17, 200],
      [42, 201],
    ])
  })

  it('leaves equal pixels, other shapes and flat pictures out', () => {
    const flat = new Uint8Array(SIDE * SIDE).fill(7)
    const pictures = [
      picture(spots(1), 'a'),
      picture(spots(1), 'a'),
      picture(spots(1), 'b', 90),
      picture(flat, 'c'),
      picture(flat, 'd'),
    ]
    expect(findLikePairs(pictures, LIMITS)).toEqual([])
  })
})
