import type { Category } from '../data/dataset.ts'
import type { Losses } from '../data/losses.ts'
import { DataError } from '../errors.ts'
import type { Split } from './format.ts'
import { describe } from './json-fields.ts'

export interface ClassIndices {
  /** Names by index. */
  readonly classes: readonly string[]
  /** Index of a category of the split. */
  indexOf(split: Split, categoryId: number): number
}

/**
 * Categories of all splits numbered from 0 by their names, in ascending order of id, for formats that know classes by name or
 * index. Categories of one name become one class, which is counted where they are of one split.
 * @param written how the format writes a name so that it is read back as that; for formats that hold no blank ones
 */
export function classIndices(
  splits: readonly Split[],
  losses: Losses,
  written?: (name: string) => string,
): ClassIndices {
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
    classes: written ? writtenNames([...indices.keys()], written, losses) : [...indices.keys()],
    indexOf: (split, categoryId) => byId.get(split)?.get(categoryId) as number,
  }
}

/** A name on one line, for formats that cut what is around it: without control characters, line breaks become spaces. */
export function plainName(name: string): string {
  return name
    .replace(/\s*[\r\n]\s*/g, ' ')
    .replace(/(?!\t)[\p{Cc}\ufffe\uffff]/gu, '')
    .trim()
}

/** Counts the names that change. Throws `DataError` for blank ones and for two that become one. */
function writtenNames(
  names: readonly string[],
  written: (name: string) => string,
  losses: Losses,
): readonly string[] {
  const nameOf = new Map<string, string>()
  for (const name of names) {
    const plain = written(name)
    if (plain.trim() === '') {
      throw new DataError('category has no name', {
        where: 'categories',
        expected: 'text',
        got: describe(name),
        hint: 'Rename it in the source',
      })
    }
    const other = nameOf.get(plain)
    if (other !== undefined) {
      throw new DataError('two would be written by one name', {
        where: 'categories',
        expected: `names that differ in more than ${PLAIN}`,
        got: `${describe(other)} and ${describe(name)}`,
        hint: 'Rename one of them in the source',
      })
    }
    nameOf.set(plain, name)
    if (plain !== name) {
      const place = `${describe(name)} as ${describe(plain)}`
      losses.change(`names of categories written without ${PLAIN}`, place)
    }
  }
  return [...nameOf.keys()]
}

const PLAIN = 'line breaks, control characters and spaces around them'
