/** The labels of a folder of photos while they are edited. */
import type { Annotation, Category, Dataset, DatasetImage } from '../../data/dataset.ts'
import { annotationsOf } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import { annotationParser, parseCategories } from './coco.ts'
import { annotationJson, categoryJson, imageJson } from './coco-writer.ts'
import { withChecked } from './labelled-photos.ts'

/** What was changed since labels were last stored. */
export interface LabelChanges {
  /** Ids of those whose objects, or what is said of them, are others. */
  readonly images: ReadonlySet<number>
  readonly hasCategories: boolean
}

export interface Labels {
  readonly dataset: Dataset
  /** What a page is told: lists as COCO has them. */
  document(): unknown
  /**
   * Objects of one image, as COCO has annotations, in place of those there are; boxes and areas are computed where they are not
   * said. Resolves once they are stored. Throws `DataError` for an image that is not there and for objects that are none.
   */
  setObjects(imageId: number, annotations: readonly unknown[]): Promise<void>
  /** Whether the labels of an image are said to be complete: a member `checked` of its entry. */
  setChecked(imageId: number, isChecked: boolean): Promise<void>
  /** In place of those there are. Throws `DataError` where objects would lose theirs. */
  setCategories(categories: readonly unknown[]): Promise<void>
}

/**
 * @param store puts everything where it is kept. Changes that come while it does are stored together, the next time.
 */
export function editedLabels(
  start: Dataset,
  store: (dataset: Dataset, changes: LabelChanges) => Promise<void>,
): Labels {
  const annotations = new Map(start.annotations)
  const byId = new Map(start.images.map((image) => [image.id, image]))
  let dataset: Dataset = { ...start, annotations }
  const imageOf = new Map<number, number>()
  for (const [image, own] of annotations) for (const { id } of own) imageOf.set(id, image)
  let changed = { images: new Set<number>(), hasCategories: false }
  const stored = oneAtATime(async () => {
    const now = changed
    changed = { images: new Set(), hasCategories: false }
    try {
      await store(dataset, now)
    } catch (error) {
      // The next time it is tried again.
      for (const id of now.images) changed.images.add(id)
      changed.hasCategories ||= now.hasCategories
      throw error
    }
  })

  return {
    get dataset() {
      return dataset
    },
    document: () => ({
      images: dataset.images.map(imageJson),
      annotations: dataset.images.flatMap(({ id }) => annotationsOf(dataset, id).map(annotationJson)),
      categories: dataset.categories.map(categoryJson),
    }),
    setObjects: async (imageId, entries) => {
      const image = requireImage(byId, imageId)
      const parsed = parsedObjects(entries, image, dataset.categories)
      requireOwnIds(parsed, imageId, imageOf)
      for (const { id } of annotations.get(imageId) ?? []) imageOf.delete(id)
      for (const { id } of parsed) imageOf.set(id, imageId)
      if (parsed.length > 0) annotations.set(imageId, parsed)
      else annotations.delete(imageId)
      changed.images.add(imageId)
      await stored()
    },
    setChecked: async (imageId, isChecked) => {
      requireImage(byId, imageId)
      dataset = {
        ...dataset,
        images: dataset.images.map((one) => (one.id === imageId ? withChecked(one, isChecked) : one)),
      }
      changed.images.add(imageId)
      await stored()
    },
    setCategories: async (entries) => {
      const categories = parseCategories(entries, 'categories')
      requireNames(categories)
      const known = new Set(categories.map(({ id }) => id))
      const orphan = [...annotations.values()].flat().find(({ categoryId }) => !known.has(categoryId))
      if (orphan) {
        throw new DataError('a category that objects have cannot be left out', {
          where: 'categories',
          got: `objects of category ${orphan.categoryId}`,
          hint: 'Give them another, or remove them, first',
        })
      }
      dataset = { ...dataset, categories }
      changed.hasCategories = true
      await stored()
    },
  }
}

function requireImage(byId: ReadonlyMap<number, DatasetImage>, id: number): DatasetImage {
  const image = byId.get(id)
  if (image) return image
  throw new DataError('there is no such image', { where: 'image', got: `${id}` })
}

function parsedObjects(
  entries: readonly unknown[],
  image: DatasetImage,
  categories: readonly Category[],
): readonly Annotation[] {
  const parser = annotationParser([image], categories, image.fileName)
  for (const [i, entry] of entries.entries()) parser.add(entry, i)
  return parser.byImage.get(image.id) ?? []
}

/** Ids are those of one image alone, in all of the file. */
function requireOwnIds(
  parsed: readonly Annotation[],
  imageId: number,
  imageOf: ReadonlyMap<number, number>,
): void {
  const taken = parsed.find(({ id }) => (imageOf.get(id) ?? imageId) !== imageId)
  if (taken) throw new DataError('an object of another image has this id', { got: `annotation ${taken.id}` })
}

function requireNames(categories: readonly Category[]): void {
  const names = new Set<string>()
  for (const { name } of categories) {
    if (name.trim() === '') throw new DataError('a category has no name', { where: 'categories' })
    if (names.has(name))
      throw new DataError('two categories have one name', { where: 'categories', got: name })
    names.add(name)
  }
}

/** Calls that come while one runs share the next, which begins once it has ended. */
function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        running = run()
        return running
      })
    return next
  }
}
