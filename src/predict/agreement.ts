/** How alike two models find the same images. */
import { boxIou } from '../geometry/boxes.ts'
import type { Instance } from './instance.ts'

export interface Agreement {
  readonly images: number
  /** Instances of the first model, of the second, and how many of them are pairs: one class, and boxes with an IoU of `LEAST_IOU`. */
  readonly first: number
  readonly second: number
  readonly both: number
  /** Of the pairs: mean distance of the four sides of their boxes in pixels, and mean difference of their scores. */
  readonly boxes: number
  readonly scores: number
}

const LEAST_IOU = 0.5

/** Pairs what two models found in each image, the best of the first model first, with what overlaps it most. */
export function agreement(
  images: readonly { readonly first: readonly Instance[]; readonly second: readonly Instance[] }[],
): Agreement {
  const pairs = images.flatMap(({ first, second }) => pairsOf(first, second))
  const mean = (of: (a: Instance, b: Instance) => number) =>
    pairs.length === 0 ? 0 : pairs.reduce((sum, [a, b]) => sum + of(a, b), 0) / pairs.length
  const counted = (side: 'first' | 'second') => images.reduce((sum, found) => sum + found[side].length, 0)
  return {
    images: images.length,
    first: counted('first'),
    second: counted('second'),
    both: pairs.length,
    boxes: mean((a, b) => a.box.reduce((sum, side, i) => sum + Math.abs(side - b.box[i]) / 4, 0)),
    scores: mean((a, b) => Math.abs(a.score - b.score)),
  }
}

function pairsOf(first: readonly Instance[], second: readonly Instance[]): [Instance, Instance][] {
  const free = new Set(second)
  const pairs: [Instance, Instance][] = []
  for (const own of [...first].sort((a, b) => b.score - a.score)) {
    let best: Instance | undefined
    let most = LEAST_IOU
    for (const other of free) {
      const overlap = other.categoryId === own.categoryId ? boxIou(own.box, other.box) : 0
      if (overlap < most) continue
      best = other
      most = overlap
    }
    if (!best) continue
    free.delete(best)
    pairs.push([own, best])
  }
  return pairs
}
