import type { PredictedImage } from './export/exporter.ts'

/** What was found of one category in one folder. */
export interface CategorySummary {
  readonly categoryId: number
  readonly category: string
  readonly objects: number
  /** Objects an image, or a page where images were several. */
  readonly mean: number
  /** Standard deviation of that, of a sample (n - 1); null of one image. */
  readonly sd: number | null
  /** Mean area of the objects' masks in square pixels, absent where there are no masks. */
  readonly areaMean?: number
}

export interface FolderSummary {
  readonly folder: string
  /** Images that were segmented. */
  readonly images: number
  /** Pages of them that were, where pages were looked at each for itself; figures are then of pages. */
  readonly pages?: number
  /** Images, or pages, that could not be. */
  readonly failed: number
  /** Those of which anything was found in any folder, images without an object counted as 0. */
  readonly categories: readonly CategorySummary[]
}

/**
 * Counts by folder, in the order in which the folders come first. Those of one `source` are pages of one image. `failed` names
 * the folder of each image that failed.
 */
export function summarize(
  predicted: readonly (PredictedImage & { readonly folder: string; readonly source: string })[],
  failed: readonly string[] = [],
): FolderSummary[] {
  const names = new Map<number, string>()
  for (const { categoryId, category } of predicted.flatMap(({ prediction }) => prediction.instances)) {
    names.set(categoryId, category)
  }
  const ids = [...names.keys()].sort((a, b) => a - b)
  const folders = new Set([...predicted.map(({ folder }) => folder), ...failed])
  return [...folders].map((folder) => {
    const own = predicted.filter((image) => image.folder === folder)
    const images = new Set(own.map(({ source }) => source)).size
    return {
      folder,
      images,
      ...(images < own.length && { pages: own.length }),
      failed: failed.filter((name) => name === folder).length,
      categories: own.length === 0 ? [] : ids.map((id) => categorySummary(id, names.get(id) as string, own)),
    }
  })
}

function categorySummary(
  categoryId: number,
  category: string,
  images: readonly PredictedImage[],
): CategorySummary {
  const found = images.map(({ prediction }) =>
    prediction.instances.filter((instance) => instance.categoryId === categoryId),
  )
  const counts = found.map(({ length }) => length)
  const areas = found.flat().flatMap(({ mask }) => (mask ? [mask.area] : []))
  const mean = meanOf(counts)
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0)
  return {
    categoryId,
    category,
    objects: counts.reduce((a, b) => a + b, 0),
    mean,
    sd: counts.length > 1 ? Math.sqrt(squares / (counts.length - 1)) : null,
    ...(areas.length > 0 && { areaMean: meanOf(areas) }),
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}
