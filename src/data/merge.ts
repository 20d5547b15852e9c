import { ConfigError, DataError } from '../errors.ts'
import { compressRle } from '../geometry/rle.ts'
import { annotationPlace } from './annotation-losses.ts'
import { type Annotation, annotationsOf, type Category, type Dataset, type DatasetImage } from './dataset.ts'
import { foldedName } from './file-lookup.ts'
import type { Losses } from './losses.ts'

export interface MergeSource {
  /** The source as messages name it. */
  readonly name: string
  readonly dataset: Dataset
  /** What `prefix` puts before the names of images; ends with `/` or is empty. */
  readonly folder: string
  /** Digest of the pixels of images whose names others have too, where they were looked at. */
  readonly pixels: ReadonlyMap<string, string>
}

export interface MergeRules {
  /**
   * Images of one name: `join` takes them for one image, `prefix` tells them apart by their folders. By default those with
   * equal pixels are joined and others refused.
   */
  readonly sameName?: 'join' | 'prefix'
  /** New names of categories by old ones. */
  readonly rename?: ReadonlyMap<string, string>
}

export interface MergedDataset {
  readonly dataset: Dataset
  /** Of each image: the place of its source in the list, and its name there. */
  readonly origins: readonly { readonly source: number; readonly fileName: string }[]
}

/**
 * One data set of several: categories of one name are one, ids are numbered anew. An image that is there twice becomes one
 * with the annotations of both, equal ones once; that and whatever else does not come along is counted in `losses`.
 * Throws `ConfigError` for categories that may be one or two and for `rename` of none, `DataError` for images of one name
 * that are not known to be one, and where two things that are to be one differ.
 */
export function mergeDatasets(
  sources: readonly MergeSource[],
  { sameName, rename = new Map() }: MergeRules,
  losses: Losses,
): MergedDataset {
  const categories = mergeCategories(sources, rename, losses)
  const images: DatasetImage[] = []
  const origins: MergedDataset['origins'][number][] = []
  const annotations = new Map<number, Annotation[]>()
  const byName = new Map<string, number>()
  let nextId = 1
  for (const [s, { name: where, dataset, folder }] of sources.entries()) {
    const categoryId = new Map(
      dataset.categories.map(({ id, name }) => [id, categories.get(rename.get(name) ?? name)?.id ?? id]),
    )
    for (const image of dataset.images) {
      const fileName =
        sameName === 'prefix' && image.fileName !== '' ? folder + image.fileName : image.fileName
      const key = nameKey(fileName)
      const twin = key === '' ? undefined : byName.get(key)
      if (twin !== undefined) {
        requireOneImage(images[twin], sources[origins[twin].source], image, sources[s], sameName)
        losses.note('images that are there twice, joined', `${image.fileName} of ${where}`)
        countOtherAttributes(images[twin], image, losses)
      }
      const place = twin ?? images.length
      const id = place + 1
      if (twin === undefined) {
        images.push({ ...image, id, fileName })
        origins.push({ source: s, fileName: image.fileName })
        if (key !== '') byName.set(key, place)
      }
      const own = annotations.get(id) ?? []
      const known = new Set(own.map(contentOf))
      for (const annotation of annotationsOf(dataset, image.id)) {
        const moved = { ...annotation, imageId: id, categoryId: categoryId.get(annotation.categoryId) ?? 0 }
        if (known.size === 0 || !known.has(contentOf(moved))) own.push({ ...moved, id: nextId++ })
        else
          losses.add('annotations that are there twice, taken once', annotationPlace(fileName, annotation.id))
      }
      annotations.set(id, own)
    }
  }
  losses.change('ids of images, annotations and categories are numbered anew')
  return { dataset: { images, annotations, categories: [...categories.values()] }, origins }
}

/** Names of images that several entries have, of each source its own. */
export function sharedNames(datasets: readonly Dataset[]): string[][] {
  const counts = new Map<string, number>()
  for (const { images } of datasets)
    for (const { fileName } of images) counts.set(nameKey(fileName), (counts.get(nameKey(fileName)) ?? 0) + 1)
  return datasets.map(({ images }) =>
    images
      .map(({ fileName }) => fileName)
      .filter((name) => name !== '' && (counts.get(nameKey(name)) ?? 0) > 1),
  )
}

function nameKey(fileName: string): string {
  return foldedName(fileName.replaceAll('\\', '/'))
}

/** Equal for annotations that say the same. */
function contentOf({ categoryId, box, isCrowd, segmentation, keypoints }: Annotation): string {
  const shape = segmentation && 'counts' in segmentation ? compressRle(segmentation) : segmentation
  return JSON.stringify([categoryId, box, isCrowd, shape, keypoints])
}

function requireOneImage(
  first: DatasetImage,
  firstSource: MergeSource,
  second: DatasetImage,
  secondSource: MergeSource,
  sameName: MergeRules['sameName'],
): void {
  const where = `${second.fileName} of ${secondSource.name}`
  const isOneSize = first.width === second.width && first.height === second.height
  const digests = [firstSource.pixels.get(first.fileName), secondSource.pixels.get(second.fileName)]
  const isKnown = digests.every((digest) => digest !== undefined)
  if (isOneSize && (sameName === 'join' || (isKnown && digests[0] === digests[1]))) return
  const hint =
    sameName === 'prefix'
      ? 'They lie in one folder: correct the names in the sources'
      : 'Tell images apart by their folders with --same-name prefix'
  if (!isOneSize) {
    throw new DataError('another image of this name has another size', {
      where,
      got: `${first.width} x ${first.height} in ${firstSource.name}, ${second.width} x ${second.height} here`,
      hint,
    })
  }
  if (isKnown) {
    throw new DataError('another image has this name', {
      where,
      got: `other pixels in ${firstSource.name}`,
      hint: sameName === 'prefix' ? hint : `${hint}, or take them for one with --same-name join`,
    })
  }
  throw new DataError('another image has this name, and their pixels could not be compared', {
    where,
    got: `the same name in ${firstSource.name}`,
    hint: 'Give the folders of the images with --images, or say what they are: --same-name join or prefix',
  })
}

function countOtherAttributes(first: DatasetImage, second: DatasetImage, losses: Losses): void {
  for (const [key, value] of Object.entries(second.attributes ?? {})) {
    if (first.attributes?.[key] !== value)
      losses.add(`${key} of an image that was joined with another`, second.fileName)
  }
}

/** By name, in the order in which they come first. */
function mergeCategories(
  sources: readonly MergeSource[],
  rename: ReadonlyMap<string, string>,
  losses: Losses,
): Map<string, Category> {
  const merged = new Map<string, Category>()
  const firsts = new Map<string, { readonly name: string; readonly where: string }>()
  const unused = new Set(rename.keys())
  for (const { name: where, dataset } of sources) {
    for (const category of dataset.categories) {
      unused.delete(category.name)
      const name = rename.get(category.name) ?? category.name
      const like = firsts.get(likeName(name)) ?? { name, where }
      firsts.set(likeName(name), like)
      if (like.name !== name) throw mayBeOne(like, { name, where })
      const first = merged.get(name)
      merged.set(
        name,
        first ? mergedCategory(first, category, where, losses) : { ...category, id: merged.size + 1, name },
      )
    }
  }
  for (const name of unused) {
    throw new ConfigError(`no category is called ${JSON.stringify(name)}`, {
      where: '--rename',
      expected: `some of ${[...new Set(sources.flatMap((one) => one.dataset.categories.map((c) => c.name)))].join(', ')}`,
    })
  }
  return merged
}

/** Equal for names that differ in case, spaces, dashes and underscores alone. */
function likeName(name: string): string {
  return foldedName(name.trim()).replace(/[\s_-]+/g, ' ')
}

interface NamedPlace {
  readonly name: string
  readonly where: string
}

function mayBeOne(a: NamedPlace, b: NamedPlace): ConfigError {
  return new ConfigError('two categories have nearly one name', {
    where: b.where,
    got: `${JSON.stringify(b.name)}, and ${JSON.stringify(a.name)} in ${a.where}`,
    hint: `If they are one, say --rename ${JSON.stringify(`${b.name}=${a.name}`)}; if not, give one a clearer name the same way`,
  })
}

function mergedCategory(first: Category, second: Category, where: string, losses: Losses): Category {
  const [a, b] = [first, second].map(({ keypoints }) => keypoints && JSON.stringify(keypoints))
  if (a !== undefined && b !== undefined && a !== b) {
    throw new DataError(`category ${JSON.stringify(first.name)} has other keypoints`, {
      where,
      expected: a,
      got: b,
      hint: 'Give one of them another name with --rename',
    })
  }
  const { supercategory } = first
  if (supercategory !== undefined && (second.supercategory ?? supercategory) !== supercategory)
    losses.add('other supercategories of one category', `${second.name}: ${second.supercategory}`)
  if (first.skeleton && second.skeleton && JSON.stringify(first.skeleton) !== JSON.stringify(second.skeleton))
    losses.add('other skeletons of one category', second.name)
  return { ...second, ...first }
}
