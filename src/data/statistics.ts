import type { Dataset, DatasetImage } from './dataset.ts'
import { annotationsOf } from './dataset.ts'

/** Figures of a data set. Crowds are counted apart and left out of everything that is about objects. */
export interface DatasetStatistics {
  readonly images: number
  readonly objects: number
  readonly crowds: number
  /** Images without any annotation. */
  readonly emptyImages: number
  /** Image sizes, the most frequent first. */
  readonly imageSizes: readonly { readonly width: number; readonly height: number; readonly count: number }[]
  readonly imageWidth: Distribution
  readonly imageHeight: Distribution
  readonly objectsPerImage: Distribution & { readonly histogram: readonly Bin[] }
  /** By COCO's limits of area. */
  readonly sizes: SizeCounts
  /** Square roots of areas, in pixels. */
  readonly side: Distribution & { readonly histogram: readonly Bin[] }
  /** Width of the box over its height; boxes without size are left out. */
  readonly aspectRatio: Distribution & { readonly histogram: readonly Bin[] }
  /** In the order of the data set. */
  readonly categories: readonly CategoryStatistics[]
}

/** Objects with areas below 32², from there to below 96², and from 96². */
export interface SizeCounts {
  readonly small: number
  readonly medium: number
  readonly large: number
}

export interface CategoryStatistics {
  readonly id: number
  readonly name: string
  readonly objects: number
  readonly crowds: number
  /** Images with at least one object of it. */
  readonly images: number
  readonly sizes: SizeCounts
  /** Square root of the median area in pixels; null without objects. */
  readonly medianSide: number | null
}

/** Null where there is nothing to measure. */
export interface Distribution {
  readonly min: number | null
  readonly median: number | null
  readonly mean: number | null
  readonly max: number | null
}

/** Values from `from` to below `to`; the last bin ends at null where it is open. */
export interface Bin {
  readonly from: number
  readonly to: number | null
  readonly count: number
}

const SMALL = 32 ** 2
const MEDIUM = 96 ** 2
const SIDE_LIMITS = [0, 8, 16, 32, 64, 96, 128, 256, 512]
const RATIO_LIMITS = [0, 0.2, 1 / 3, 0.5, 0.8, 1.25, 2, 3, 5]
const COUNT_LIMITS = [0, 1, 2, 3, 5, 10, 20, 50, 100, 200]

export function datasetStatistics(dataset: Dataset): DatasetStatistics {
  const all = dataset.images.map((image) => annotationsOf(dataset, image.id))
  const perImage = all.map((annotations) => annotations.filter(({ isCrowd }) => !isCrowd))
  const objects = perImage.flat()
  const sides = objects.map(({ area }) => Math.sqrt(Math.max(area, 0)))
  const ratios = objects.flatMap(({ box: [x1, y1, x2, y2] }) =>
    x2 > x1 && y2 > y1 ? [(x2 - x1) / (y2 - y1)] : [],
  )
  const counts = perImage.map(({ length }) => length)
  return {
    images: dataset.images.length,
    objects: objects.length,
    crowds: all.flat().length - objects.length,
    emptyImages: all.filter(({ length }) => length === 0).length,
    imageSizes: frequentSizes(dataset.images),
    imageWidth: distribution(dataset.images.map(({ width }) => width)),
    imageHeight: distribution(dataset.images.map(({ height }) => height)),
    objectsPerImage: { ...distribution(counts), histogram: histogram(counts, COUNT_LIMITS) },
    sizes: sizeCounts(objects),
    side: { ...distribution(sides), histogram: histogram(sides, SIDE_LIMITS) },
    aspectRatio: { ...distribution(ratios), histogram: histogram(ratios, RATIO_LIMITS) },
    categories: categoryStatistics(dataset),
  }
}

function categoryStatistics(dataset: Dataset): CategoryStatistics[] {
  const byCategory = new Map(
    dataset.categories.map(({ id }) => [id, { areas: [] as number[], crowds: 0, images: new Set<number>() }]),
  )
  for (const { id: imageId } of dataset.images) {
    for (const { categoryId, isCrowd, area } of annotationsOf(dataset, imageId)) {
      const own = byCategory.get(categoryId)
      if (!own) continue
      if (isCrowd) own.crowds++
      else {
        own.areas.push(area)
        own.images.add(imageId)
      }
    }
  }
  return dataset.categories.map(({ id, name }) => {
    const { areas = [], crowds = 0, images = new Set() } = byCategory.get(id) ?? {}
    const { median } = distribution(areas)
    return {
      id,
      name,
      objects: areas.length,
      crowds,
      images: images.size,
      sizes: sizeCounts(areas.map((area) => ({ area }))),
      medianSide: median === null ? null : Math.sqrt(Math.max(median, 0)),
    }
  })
}

function sizeCounts(objects: readonly { readonly area: number }[]): SizeCounts {
  const small = objects.filter(({ area }) => area < SMALL).length
  const large = objects.filter(({ area }) => area >= MEDIUM).length
  return { small, medium: objects.length - small - large, large }
}

function frequentSizes(images: readonly DatasetImage[]): { width: number; height: number; count: number }[] {
  const sizes = new Map<string, { width: number; height: number; count: number }>()
  for (const { width, height } of images) {
    const key = `${width} ${height}`
    const size = sizes.get(key) ?? { width, height, count: 0 }
    size.count++
    sizes.set(key, size)
  }
  return [...sizes.values()].sort((a, b) => b.count - a.count || b.width * b.height - a.width * a.height)
}

/** The median of an even count is the mean of the middle two. */
function distribution(values: readonly number[]): Distribution {
  if (values.length === 0) return { min: null, median: null, mean: null, max: null }
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return {
    min: sorted[0],
    median: sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    max: sorted[sorted.length - 1],
  }
}

/** `limits` ascending; values below the first belong to the first bin, the last bin is open. */
function histogram(values: readonly number[], limits: readonly number[]): Bin[] {
  const counts = new Array<number>(limits.length).fill(0)
  for (const value of values)
    counts[
      Math.max(
        0,
        limits.findLastIndex((limit) => value >= limit),
      )
    ]++
  return limits.map((from, i) => ({ from, to: limits[i + 1] ?? null, count: counts[i] }))
}
