import { ConfigError } from '../errors.ts'
import { annotationPlace } from './annotation-losses.ts'
import { type Annotation, annotationsOf, type Dataset, type DatasetImage } from './dataset.ts'
import type { Losses } from './losses.ts'

export interface FilterRules {
  /** Names of the categories to keep; default: all. */
  readonly categories?: readonly string[]
  /** Names of the categories to leave out. */
  readonly dropCategories?: readonly string[]
  /** Square pixels, as the annotation states them; both are kept. */
  readonly minArea?: number
  readonly maxArea?: number
  /** Images by their names: `*` and `?` within a folder, `**` across folders. */
  readonly images?: string
  /** Leave out images without an annotation, those that had none before included. */
  readonly dropEmpty?: boolean
  readonly dropCrowds?: boolean
}

/**
 * The part of a data set that the rules keep; each thing that goes is counted in `losses`. Ids stay. Crowds are measured
 * as objects are. Throws `ConfigError` for categories that the data set does not have.
 */
export function filterDataset(dataset: Dataset, rules: FilterRules, losses: Losses): Dataset {
  const categories = keptCategories(dataset, rules)
  const ids = new Set(categories.map(({ id }) => id))
  const named = rules.images === undefined ? undefined : globPattern(rules.images)
  const images: DatasetImage[] = []
  const annotations = new Map<number, readonly Annotation[]>()
  for (const image of dataset.images) {
    const own = annotationsOf(dataset, image.id)
    if (named && !named.test(image.fileName.replaceAll('\\', '/'))) {
      losses.add('images of other names', image.fileName)
      for (const { id } of own)
        losses.add('annotations of images of other names', annotationPlace(image.fileName, id))
      continue
    }
    const kept = own.filter((annotation) => {
      const reason = ids.has(annotation.categoryId)
        ? reasonAgainst(annotation, rules)
        : 'annotations of other categories'
      if (reason !== undefined) losses.add(reason, annotationPlace(image.fileName, annotation.id))
      return reason === undefined
    })
    if (kept.length === 0 && rules.dropEmpty) losses.add('images without annotations', image.fileName)
    else {
      images.push(image)
      annotations.set(image.id, kept)
    }
  }
  for (const { id, name } of dataset.categories) if (!ids.has(id)) losses.add('categories', name)
  return { images, annotations, categories }
}

function reasonAgainst({ area, isCrowd }: Annotation, rules: FilterRules): string | undefined {
  const { minArea = 0, maxArea = Number.POSITIVE_INFINITY, dropCrowds } = rules
  if (isCrowd && dropCrowds) return 'crowds'
  if (area < minArea) return `annotations below ${minArea} square pixels`
  return area > maxArea ? `annotations above ${maxArea} square pixels` : undefined
}

function keptCategories(dataset: Dataset, { categories, dropCategories = [] }: FilterRules) {
  const known = new Set(dataset.categories.map(({ name }) => name))
  for (const name of [...(categories ?? []), ...dropCategories]) {
    if (known.has(name)) continue
    throw new ConfigError(`no category is called ${JSON.stringify(name)}`, {
      expected: `some of ${[...known].join(', ')}`,
    })
  }
  return dataset.categories.filter(
    ({ name }) => (categories?.includes(name) ?? true) && !dropCategories.includes(name),
  )
}

/** `*` and `?` stand for characters within a folder, `**` for any; a pattern without `/` is held against the last part. */
function globPattern(glob: string): RegExp {
  const body = glob.replace(/\*\*\/?|[*?]|[^*?]+/g, (part) => {
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.startsWith('**')) return part === '**' ? '.*' : '(?:.*/)?'
    return part.replace(/[\\^$.|+()[\]{}]/g, '\\$&')
  })
  return new RegExp(`^${glob.includes('/') ? '' : '(?:.*/)?'}${body}$`, 'su')
}
