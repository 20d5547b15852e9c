import type { Category } from '../data/dataset.ts'
import { DataError } from '../errors.ts'

/** Which categories of a model are which of the annotations. */
export interface MatchedCategories {
  /** Id in the annotations by id in the model, of those that both have. */
  readonly idOf: ReadonlyMap<number, number>
  /** Categories that the other side lacks. */
  readonly onlyModel: readonly Category[]
  readonly onlyAnnotations: readonly Category[]
}

/**
 * Matches categories by their names: ids are each data set's own. Throws `DataError` naming `where` (the annotations) where they
 * have none in common, where two of the annotations have one name, and where names differ in capitals or spaces alone, which
 * nobody but the user can tell to be the same or not.
 */
export function matchCategories(
  own: readonly Category[],
  labelled: readonly Category[],
  where: string,
): MatchedCategories {
  const byName = new Map<string, Category>()
  for (const category of labelled) {
    const other = byName.get(category.name)
    if (other) {
      throw new DataError('two categories of the annotations have one name', {
        where,
        got: `${shown(category)}, with the ids ${other.id} and ${category.id}`,
        hint: 'Give the annotations of both one category id, or the categories different names',
      })
    }
    byName.set(category.name, category)
  }
  const known = new Set(own.map(({ name }) => name))
  const onlyModel = own.filter(({ name }) => !byName.has(name))
  const onlyAnnotations = labelled.filter(({ name }) => !known.has(name))
  refuseAlike(own, onlyAnnotations, where)
  refuseAlike(onlyModel, labelled, where)
  if (onlyModel.length === own.length) {
    throw new DataError('model and annotations have no category in common', {
      where,
      expected: `one of ${listed(own)}, by name`,
      got: listed(labelled),
      hint: 'Where they mean the same, give it the name in the annotations that it has in the model',
    })
  }
  const idOf = new Map(
    own.flatMap(({ id, name }) => {
      const category = byName.get(name)
      return category ? [[id, category.id] as const] : []
    }),
  )
  return { idOf, onlyModel, onlyAnnotations }
}

/**
 * Throws `DataError` naming `where` (the annotations) where a category that both have has other keypoints there, or the same in
 * another order: figures would compare one point with another. Capitals and spaces of names do not count.
 */
export function requireSameKeypoints(
  own: readonly Category[],
  labelled: readonly Category[],
  where: string,
): void {
  for (const { name, keypoints = [] } of labelled) {
    const model = own.find((category) => category.name === name)
    const known = model?.keypoints ?? []
    if (!model || keypoints.map(bareName).join() === known.map(bareName).join()) continue
    throw new DataError('keypoints are not those of the model', {
      where: `${where}: category ${name}`,
      expected: known.join(', ') || 'none',
      got: keypoints.join(', ') || 'none',
    })
  }
}

/** What people should know of categories that one side lacks, a sentence without a full stop each. */
export function unmatchedNotes({ onlyModel, onlyAnnotations }: MatchedCategories): string[] {
  const notes: string[] = []
  if (onlyAnnotations.length > 0) {
    notes.push(`the model does not know ${listed(onlyAnnotations)}: such objects count as missed`)
  }
  if (onlyModel.length > 0) {
    notes.push(`the annotations lack ${listed(onlyModel)}: what the model finds of that counts for nothing`)
  }
  return notes
}

/** What a model found of categories that both have, by the annotations' ids. */
export function asAnnotated<T extends { readonly categoryId: number }>(
  found: readonly T[],
  { idOf }: MatchedCategories,
): T[] {
  return found.flatMap((entry) => {
    const categoryId = idOf.get(entry.categoryId)
    return categoryId === undefined ? [] : [{ ...entry, categoryId }]
  })
}

function refuseAlike(own: readonly Category[], labelled: readonly Category[], where: string): void {
  for (const model of own) {
    const alike = labelled.find(({ name }) => name !== model.name && bareName(name) === bareName(model.name))
    if (!alike) continue
    throw new DataError('names of categories differ in capitals or spaces alone', {
      where,
      got: `${shown(alike)}, and ${shown(model)} in the model`,
      hint: `Are they the same? Then write ${shown(model)} in the annotations too; if not, give one of them another name`,
    })
  }
}

/** Without capitals, and without what stands between words. */
function bareName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
}

function shown({ name }: Category): string {
  return JSON.stringify(name)
}

const MOST_LISTED = 8

/** The names of the first few categories, and how many more there are. */
function listed(categories: readonly Category[]): string {
  const names = categories.slice(0, MOST_LISTED).map(shown)
  const more = categories.length - names.length
  return names.length === 0 ? 'none' : names.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
