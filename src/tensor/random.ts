/**
 * Seeded random numbers from integer arithmetic, the same on every platform: xoshiro128** (Blackman and Vigna), seeded
 * by splitmix32. Only normal numbers go through a logarithm and a cosine, whose last bits are the platform's own.
 */
export interface Random {
  /** Uniform in [0, 1), 24 bits, exact in float32. */
  uniform(): number
  /** Integer in [0, below). */
  integer(below: number): number
  /** Standard normal (Box-Muller on two uniforms; no state is kept between calls). */
  normal(): number
}

/**
 * What numbers are drawn for. It stands behind the seed in a key, so that epoch 3 of one purpose and step 3 of another do not
 * draw the same numbers. (Starting weights have the letters of their names there, which are larger.)
 */
export const STREAM = { order: 1, augmentation: 2, sampling: 3, preview: 4, companions: 5 } as const

/** A generator from any number of integers, for example `(seed, STREAM.augmentation, epoch, index)`: unlike keys, unlike streams. */
export function random(...key: readonly number[]): Random {
  let mixed = 0x9e3779b9
  for (const word of key) {
    mixed = splitmix(mixed ^ (word >>> 0))
    mixed = splitmix(mixed ^ (Math.floor(word / 2 ** 32) >>> 0))
  }
  const words: [number, number, number, number] = [0, 0, 0, 0]
  for (let i = 0; i < 4; i++) {
    mixed = (mixed + 0x9e3779b9) >>> 0
    words[i] = splitmix(mixed)
  }
  return randomFromState(words)
}

/** xoshiro128** from a state that is not all zeros. */
export function randomFromState(words: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = words.map((word) => word >>> 0)
  const next = (): number => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return scrambled
  }
  const uniform = () => (next() >>> 8) * 2 ** -24
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

function splitmix(word: number): number {
  let h = word >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad)
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97)
  return (h ^ (h >>> 15)) >>> 0
}
