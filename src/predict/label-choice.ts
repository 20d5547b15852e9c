/** Which images to label next: those that a model is in doubt about, and unlike each other. */
import type { RgbImage } from '../data/picture.ts'

/** Cells along each side of a descriptor. */
const CELLS = 8

/** Mean colours of 8 x 8 parts of a picture, 0 to 1: 192 numbers that tell how it looks from afar. */
export function pictureDescriptor({ data, width, height }: RgbImage): Float64Array {
  const sums = new Float64Array(CELLS * CELLS * 3)
  const counts = new Float64Array(CELLS * CELLS)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * CELLS) / height) * CELLS
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * CELLS) / width)
      counts[cell]++
      for (let c = 0; c < 3; c++) sums[cell * 3 + c] += data[at++]
    }
  }
  return sums.map((sum, i) => sum / (255 * Math.max(1, counts[Math.floor(i / 3)])))
}

/** Root of the mean square difference. */
function distance(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length)
}

export interface Candidate {
  readonly uncertainty: number
  readonly descriptor: Float64Array
}

export interface Choice {
  /** Place among the candidates. */
  readonly index: number
  /** To the nearest picture that is labelled or was chosen before; undefined for the first where nothing is labelled. */
  readonly distance?: number
}

/** How many times as many images as are wanted are looked at for those unlike each other, but no more than half of all. */
const SHORTLIST = 4

/**
 * `count` candidates, the one to label first in front: of the most uncertain (four times as many as are wanted, half of all at most) always the one that is
 * farthest from all that are labelled or chosen (Yang et al. 2017, arXiv:1706.04737: uncertain first, then representative; the second
 * by greedy k-center, Sener and Savarese 2018, arXiv:1708.00489). Where nothing is labelled it begins with the most uncertain. Ties go
 * to the more uncertain, then to the earlier.
 */
export function chooseForLabels(
  candidates: readonly Candidate[],
  labelled: readonly Float64Array[],
  count: number,
): Choice[] {
  const ranked = candidates
    .map((candidate, index) => ({ ...candidate, index }))
    .sort((a, b) => b.uncertainty - a.uncertainty || a.index - b.index)
    .slice(0, Math.max(count, Math.min(SHORTLIST * count, Math.ceil(candidates.length / 2))))
  const nearest = ranked.map(({ descriptor }) =>
    labelled.reduce((least, other) => Math.min(least, distance(descriptor, other)), Number.POSITIVE_INFINITY),
  )
  const chosen: Choice[] = []
  const isTaken = ranked.map(() => false)
  while (chosen.length < Math.min(count, ranked.length)) {
    let next = -1
    nearest.forEach((far, i) => {
      if (!isTaken[i] && (next < 0 || far > nearest[next])) next = i
    })
    isTaken[next] = true
    const { index, descriptor } = ranked[next]
    chosen.push({ index, ...(nearest[next] < Number.POSITIVE_INFINITY && { distance: nearest[next] }) })
    ranked.forEach((other, i) => {
      nearest[i] = Math.min(nearest[i], distance(other.descriptor, descriptor))
    })
  }
  return chosen
}

/** Images of a round of labelling, and rounds that are chosen ahead. */
const [ROUND, ROUNDS] = [10, 10]

/**
 * Places of all candidates, the one to label first in front: rounds of ten, each chosen by `chooseForLabels` from those that are
 * left, where rounds before it count as labelled. After ten rounds the most uncertain comes first.
 */
export function orderForLabels(
  candidates: readonly Candidate[],
  labelled: readonly Float64Array[],
): number[] {
  const order: number[] = []
  const known = [...labelled]
  let left = candidates.map((candidate, index) => ({ ...candidate, index }))
  for (let round = 0; round < ROUNDS && left.length > 0; round++) {
    const chosen = chooseForLabels(left, known, ROUND).map(({ index }) => left[index])
    order.push(...chosen.map(({ index }) => index))
    known.push(...chosen.map(({ descriptor }) => descriptor))
    left = left.filter((one) => !chosen.includes(one))
  }
  const rest = left.sort((a, b) => b.uncertainty - a.uncertainty || a.index - b.index)
  return [...order, ...rest.map(({ index }) => index)]
}
