/** Whether a grey image can be a map of objects: any grey image could be read as one. */

import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'

/** What tells numbers of objects from shades of grey. */
export interface LabelFacts {
  /** Different numbers above 0. */
  readonly numbers: number
  /** Connected pieces of one number, corners counted. */
  readonly pieces: number
  /** Numbers that lie against others and are nowhere a pixel deep. */
  readonly rims: number
  /** What may be the background, though it is not 0 (`groundOf`). */
  readonly ground: number
}

/** Numbers from which on shades are told from objects: a few shades could be classes. */
const SHADES = 16
const PIECES_OF_SHADES = 3
const PIECES_OF_CLASSES = 2

/**
 * Throws `DataError` for a picture or a mask with soft edges: many numbers, most of them thin rims of others or scattered in
 * pieces. Where numbers may be classes rather than objects, because each lies in several pieces, that is noted; so is a number that
 * may be the background.
 */
export function checkPlausible(labels: ArrayLike<number>, size: Size, where: string, losses: Losses): void {
  const { numbers, pieces, rims, ground } = labelFacts(labels, size)
  if (numbers >= SHADES && (rims > numbers / 2 || pieces >= PIECES_OF_SHADES * numbers)) {
    throw new DataError('label map looks like shades of grey, not like numbers of objects', {
      where,
      expected: 'one number for each object',
      got: `${numbers} numbers in ${pieces} pieces, ${rims} of them thin rims of others`,
      hint: 'Soft edges have to be made hard, and each object needs a number or an image of its own',
    })
  }
  if (numbers > 0 && pieces >= PIECES_OF_CLASSES * numbers) {
    const what = 'label maps in which a number is in several pieces, read as one object: are numbers classes?'
    losses.note(what, `${where}: ${numbers} numbers in ${pieces} pieces`)
  }
  if (ground !== 0) {
    const what =
      'label maps in which a number above 0 fills more than half of picture and border, read as an object: is it the background?'
    losses.note(what, `${where}: ${ground}`)
  }
}

export function labelFacts(labels: ArrayLike<number>, { height, width }: Size): LabelFacts {
  const deep = new Set<number>()
  const touching = new Set<number>()
  const seen = new Set<number>()
  const parents = new Uint32Array(width * height)
  let pieces = 0
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const label = labels[at]
      if (label === 0) continue
      seen.add(label)
      parents[at] = at
      pieces++
      let isDeep = x > 0 && y > 0 && x < width - 1 && y < height - 1
      const look = (other: number) => {
        if (labels[other] !== label) {
          isDeep = false
          if (labels[other] !== 0) touching.add(label)
        }
      }
      if (x > 0) look(at - 1)
      if (x < width - 1) look(at + 1)
      if (y > 0) look(at - width)
      if (y < height - 1) look(at + width)
      if (isDeep) deep.add(label)
      // Neighbours that were passed already: left, and the three above.
      if (x > 0 && labels[at - 1] === label) pieces -= join(parents, at, at - 1)
      for (let dx = -1; y > 0 && dx <= 1; dx++) {
        const isInside = x + dx >= 0 && x + dx < width
        if (isInside && labels[at - width + dx] === label) pieces -= join(parents, at, at - width + dx)
      }
    }
  }
  const rims = [...touching].filter((label) => !deep.has(label)).length
  return { numbers: seen.size, pieces, rims, ground: groundOf(labels, { height, width }) }
}

/** The number that fills more than half of a picture and of its border, but not all of it; 0 where none does. */
export function groundOf(labels: ArrayLike<number>, { height, width }: Size): number {
  const pixels = height * width
  // Votes of one number and all others cancel out: what is left is the number of more than half of the pixels, if any.
  let [most, votes] = [0, 0]
  for (let at = 0; at < pixels; at++) {
    if (votes === 0) most = labels[at]
    votes += labels[at] === most ? 1 : -1
  }
  let [inside, onBorder, border] = [0, 0, 0]
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const isBorder = x === 0 || y === 0 || x === width - 1 || y === height - 1
      if (isBorder) border++
      if (labels[at] !== most) continue
      inside++
      if (isBorder) onBorder++
    }
  }
  return inside > pixels / 2 && inside < pixels && onBorder > border / 2 ? most : 0
}

/** 1 where two pieces became one. */
function join(parents: Uint32Array, a: number, b: number): number {
  const [first, second] = [rootOf(parents, a), rootOf(parents, b)]
  if (first === second) return 0
  parents[Math.max(first, second)] = Math.min(first, second)
  return 1
}

function rootOf(parents: Uint32Array, at: number): number {
  let root = at
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]]
    root = parents[root]
  }
  return root
}
