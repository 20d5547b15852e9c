import { type ProbedImage, THUMBNAIL_SIDE } from './image-probe.ts'

/** Low frequencies kept of each axis: 8 x 8 coefficients make 64 bits. */
const FREQUENCIES = 8

/** What is compared of a picture first: 64 bits, eight in each byte. */
export type PictureHash = Uint8Array

/**
 * Perceptual hash of a thumbnail: which of its lowest 8 x 8 cosine coefficients (the mean left out) lie above their
 * median (Zauner 2010, section 3.2.1, the DCT hash). Scaling, recompression and small changes of brightness turn few bits.
 */
export function pictureHash(thumbnail: Uint8Array): PictureHash {
  const rows = transform(thumbnail, THUMBNAIL_SIDE)
  const coefficients = new Float64Array(FREQUENCIES * FREQUENCIES)
  for (let v = 0; v < FREQUENCIES; v++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0
      for (let y = 0; y < THUMBNAIL_SIDE; y++)
        sum += rows[y * FREQUENCIES + u] * COSINES[v * THUMBNAIL_SIDE + y]
      coefficients[v * FREQUENCIES + u] = sum
    }
  }
  const sorted = coefficients.slice(1).sort()
  const median = sorted[sorted.length >> 1]
  const hash = new Uint8Array(FREQUENCIES)
  for (let i = 1; i < coefficients.length; i++) if (coefficients[i] > median) hash[i >> 3] |= 1 << (i & 7)
  return hash
}

const COSINES = Float64Array.from({ length: FREQUENCIES * THUMBNAIL_SIDE }, (_, i) =>
  Math.cos((Math.PI / THUMBNAIL_SIDE) * ((i % THUMBNAIL_SIDE) + 0.5) * Math.floor(i / THUMBNAIL_SIDE)),
)

/** The lowest frequencies of every row, [rows, FREQUENCIES]. */
function transform(pixels: Uint8Array, rows: number): Float64Array {
  const out = new Float64Array(rows * FREQUENCIES)
  for (let y = 0; y < rows; y++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0
      for (let x = 0; x < THUMBNAIL_SIDE; x++)
        sum += pixels[y * THUMBNAIL_SIDE + x] * COSINES[u * THUMBNAIL_SIDE + x]
      out[y * FREQUENCIES + u] = sum
    }
  }
  return out
}

/** Bits in which two hashes differ. */
export function hashDistance(a: PictureHash, b: PictureHash): number {
  let distance = 0
  for (let i = 0; i < a.length; i++) for (let bits = a[i] ^ b[i]; bits; bits &= bits - 1) distance++
  return distance
}

/** Correlation of two thumbnails, -1 to 1; 0 where one of them is flat. */
export function correlation(a: Uint8Array, b: Uint8Array): number {
  const [meanA, meanB] = [mean(a), mean(b)]
  let [both, ofA, ofB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - meanA, b[i] - meanB]
    both += x * y
    ofA += x * x
    ofB += y * y
  }
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : 0
}

function mean(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Two pictures that look the same, by their places in the list. */
export interface LikePair {
  readonly first: number
  readonly second: number
  readonly correlation: number
}

export interface LikenessLimits {
  /** Bits of 64 that may differ; below 8, so that one byte of the hashes must be equal. */
  readonly hashBits: number
  readonly correlation: number
  /** Aspect ratios may differ by this factor. */
  readonly aspectFactor: number
}

/** What is taken for a copy that was resized, recompressed or brightened, or for the next frame of a film. */
export const LOOKS_THE_SAME: LikenessLimits = { hashBits: 6, correlation: 0.95, aspectFactor: 1.02 }

/**
 * All pairs of pictures that look the same and are not equal pixel for pixel. Hashes are compared only where a byte of
 * them is equal, which no pair within `hashBits` can avoid.
 */
export function findLikePairs(pictures: readonly ProbedImage[], limits: LikenessLimits): LikePair[] {
  const hashes = pictures.map(({ thumbnail }) => pictureHash(thumbnail))
  const pairs: LikePair[] = []
  const seen = new Set<number>()
  for (let byte = 0; byte < FREQUENCIES; byte++) {
    const buckets = new Map<number, number[]>()
    for (const [second, hash] of hashes.entries()) {
      const bucket = buckets.get(hash[byte]) ?? []
      for (const first of bucket) {
        if (hashDistance(hashes[first], hash) > limits.hashBits) continue
        const key = first * pictures.length + second
        if (seen.has(key)) continue
        seen.add(key)
        const likeness = alike(pictures[first], pictures[second], limits)
        if (likeness !== undefined) pairs.push({ first, second, correlation: likeness })
      }
      bucket.push(second)
      buckets.set(hash[byte], bucket)
    }
  }
  return pairs.sort((a, b) => a.first - b.first || a.second - b.second)
}

function alike(a: ProbedImage, b: ProbedImage, limits: LikenessLimits): number | undefined {
  if (a.pixels === b.pixels) return undefined
  const factor = (a.shown.width * b.shown.height) / (a.shown.height * b.shown.width)
  if (Math.max(factor, 1 / factor) > limits.aspectFactor) return undefined
  const likeness = correlation(a.thumbnail, b.thumbnail)
  return likeness >= limits.correlation ? likeness : undefined
}
