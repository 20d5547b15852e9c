import { ConfigError } from '../errors.ts'
import { random } from '../tensor/random.ts'
import { annotationsOf, type Dataset } from './dataset.ts'

export interface SplitShare {
  readonly name: string
  /** Of the images, 0 to 1; all shares together are 1. */
  readonly share: number
}

export interface StratifiedOptions {
  readonly seed: number
  /** Group of each image, by its place in the list; images of one group come to one side. Default: each its own. */
  readonly groups?: readonly number[]
}

/**
 * Deals the images of a data set out to sides, by iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On
 * the Stratification of Multi-Label Data"): of the labels the rarest first, each image to the side that still wants most
 * of it. Labels are the categories on an image, and whether it has no, few or many objects (eighths of the counts). Groups
 * are dealt whole, large ones first. The same seed gives the same sides. Ids stay, images keep their order, and every side
 * has all categories. Throws `ConfigError` where there are fewer groups than sides.
 */
export function stratifiedSplit(
  dataset: Dataset,
  sides: readonly SplitShare[],
  { seed, groups = dataset.images.map((_, i) => i) }: StratifiedOptions,
): Dataset[] {
  const units = shuffled(unitsOf(dataset, groups), seed).sort((a, b) => b.images.length - a.images.length)
  if (units.length < sides.length) {
    throw new ConfigError('there are fewer groups of images than sides', {
      expected: `at least ${sides.length}, for ${sides.map(({ name }) => name).join(', ')}`,
      got: `${units.length}`,
      hint: 'Images that look alike, and those of one group, stay together',
    })
  }
  const sideOf = deal(units, sides)
  return sides.map((_, side) => {
    const images = dataset.images.filter((_image, i) => sideOf.get(groups[i]) === side)
    const annotations = new Map(images.map(({ id }) => [id, annotationsOf(dataset, id)]))
    return { images, annotations, categories: dataset.categories }
  })
}

/** Images that are dealt together, and how many of them carry each label. */
interface Unit {
  readonly group: number
  readonly images: readonly number[]
  readonly labels: ReadonlyMap<string, number>
}

function unitsOf(dataset: Dataset, groups: readonly number[]): Unit[] {
  const counts = dataset.images.map(({ id }) => annotationsOf(dataset, id).length)
  const eighths = eighthsOf(counts)
  const units = new Map<number, { images: number[]; labels: Map<string, number> }>()
  for (const [i, { id }] of dataset.images.entries()) {
    const unit = units.get(groups[i]) ?? { images: [] as number[], labels: new Map<string, number>() }
    units.set(groups[i], unit)
    unit.images.push(i)
    const categories = new Set(annotationsOf(dataset, id).map(({ categoryId }) => `category ${categoryId}`))
    for (const label of [...categories, `count ${eighths(counts[i])}`]) {
      unit.labels.set(label, (unit.labels.get(label) ?? 0) + 1)
    }
  }
  return [...units].map(([group, unit]) => ({ group, ...unit }))
}

/** 0 for nothing, 1 to 8 for the eighth among the counts above 0. */
function eighthsOf(counts: readonly number[]): (count: number) => number {
  const some = counts.filter((count) => count > 0).sort((a, b) => a - b)
  const limits = [1, 2, 3, 4, 5, 6, 7].map((eighth) => some[Math.floor((eighth * some.length) / 8)])
  return (count) => (count === 0 ? 0 : 1 + limits.filter((limit) => count >= limit).length)
}

/** Side of each group. */
function deal(units: readonly Unit[], sides: readonly SplitShare[]): Map<number, number> {
  const left = new Set(units)
  const totals = labelTotals(units)
  const images = units.reduce((sum, unit) => sum + unit.images.length, 0)
  const wanted = sides.map(({ share }) => ({
    images: share * images,
    labels: new Map([...totals].map(([label, total]) => [label, share * total])),
  }))
  const sideOf = new Map<number, number>()
  const all = sides.map((_, side) => side)
  const empty = new Set(all)
  while (left.size > 0) {
    const label = rarestLabel(left)
    for (const unit of [...left].filter(({ labels }) => labels.has(label))) {
      left.delete(unit)
      // None stays empty: the last groups go where there is nothing yet.
      const [side] = (left.size < empty.size ? [...empty] : all).toSorted(
        (a, b) =>
          (wanted[b].labels.get(label) ?? 0) - (wanted[a].labels.get(label) ?? 0) ||
          wanted[b].images - wanted[a].images ||
          a - b,
      )
      sideOf.set(unit.group, side)
      empty.delete(side)
      wanted[side].images -= unit.images.length
      for (const [name, count] of unit.labels) {
        wanted[side].labels.set(name, (wanted[side].labels.get(name) ?? 0) - count)
      }
    }
  }
  return sideOf
}

function labelTotals(units: Iterable<Unit>): Map<string, number> {
  const totals = new Map<string, number>()
  for (const { labels } of units) {
    for (const [label, count] of labels) totals.set(label, (totals.get(label) ?? 0) + count)
  }
  return totals
}

function rarestLabel(units: Iterable<Unit>): string {
  return [...labelTotals(units)].reduce((rarest, one) => (one[1] < rarest[1] ? one : rarest))[0]
}

/** In an order drawn from the seed (Fisher and Yates). */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const drawn = [...items]
  const { integer } = random(seed)
  for (let i = drawn.length - 1; i > 0; i--) {
    const j = integer(i + 1)
    ;[drawn[i], drawn[j]] = [drawn[j], drawn[i]]
  }
  return drawn
}
