import type { Category } from '../dataset.ts'
import type { Split } from './format.ts'
import type { Losses } from './losses.ts'

export interface ClassIndices {
  /** Names by index. */
  readonly classes: readonly string[]
  /** Index of a category of the split. */
  indexOf(split: Split, categoryId: number): number
}

/**
 * Categories of all splits numbered from 0 by their names, in ascending order of id, for formats that know classes by name or
 * index. Categories of one name become one class, which is counted where they are of one split.
 */
export function classIndices(splits: readonly Split[], losses: Losses): ClassIndices {
  const indices = new Map<string, number>()
  const byId = new Map<Split, ReadonlyMap<number, number>>()
  for (const split of splits) {
    const ordered: readonly Category[] = split.dataset.categories.toSorted((a, b) => a.id - b.id)
    const own = new Set<string>()
    for (const { name } of ordered) {
      if (own.has(name)) losses.add('categories merged with another of the same name', name)
      own.add(name)
      if (!indices.has(name)) indices.set(name, indices.size)
    }
    byId.set(split, new Map(ordered.map(({ id, name }) => [id, indices.get(name) as number])))
  }
  return {
    classes: [...indices.keys()],
    indexOf: (split, categoryId) => byId.get(split)?.get(categoryId) as number,
  }
}
