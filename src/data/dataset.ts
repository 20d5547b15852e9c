import { DataError } from '../errors.ts'
import { type Box, boxToXywh, type Size, type XywhBox } from '../geometry/boxes.ts'
import { type Polygon, polygonsToRle } from '../geometry/polygon.ts'
import { type Rle, rleToBox } from '../geometry/rle.ts'

/** A labelled data set in memory: what every format is read into and written from. */
export interface Dataset {
  readonly images: readonly DatasetImage[]
  /** By image id, in the order of the file; an image without annotations may be missing. */
  readonly annotations: ReadonlyMap<number, readonly Annotation[]>
  readonly categories: readonly Category[]
}

export interface DatasetImage {
  readonly id: number
  /** Relative to the folder of images; empty where the file names none, which is enough to evaluate results. */
  readonly fileName: string
  readonly width: number
  readonly height: number
  /** What else the source says of the image, such as its `license` or `modality`. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

export interface Category {
  readonly id: number
  readonly name: string
  /** A wider category that it belongs to. */
  readonly supercategory?: string
  /** Names of the keypoints, where the category has any. */
  readonly keypoints?: readonly string[]
  /** Pairs of keypoints to draw a line between, counted from 1. */
  readonly skeleton?: readonly (readonly [number, number])[]
}

/** Rings whose union is the mask, or the mask itself. */
export type Segmentation = readonly Polygon[] | Rle

export interface Annotation {
  readonly id: number
  readonly imageId: number
  readonly categoryId: number
  readonly box: Box
  /** Box as the file states it; evaluation needs its digits, which x2 - x1 may not give back. */
  readonly xywh?: XywhBox
  /** Square pixels, as the file states it where it does. */
  readonly area: number
  /** Stands for a group of objects: not trained on, and no detection on it is wrong. */
  readonly isCrowd: boolean
  /** Of what a model found: how sure it was, 0 to 1. Labels have none. */
  readonly score?: number
  readonly segmentation?: Segmentation
  /** x y v for each keypoint of the category; v is 0 not labelled, 1 hidden, 2 visible. */
  readonly keypoints?: readonly number[]
  /** Labelled keypoints, as the file states it where it does. */
  readonly keypointCount?: number
}

/** Foreign category ids and the labels of a model: 1..K in ascending order of id, 0 is background. */
export interface LabelMap {
  /** Categories in label order: `categories[label - 1]`. */
  readonly categories: readonly Category[]
  readonly labelOf: ReadonlyMap<number, number>
}

export function labelMap(categories: readonly Category[]): LabelMap {
  const ordered = categories.toSorted((a, b) => a.id - b.id)
  return { categories: ordered, labelOf: new Map(ordered.map(({ id }, i) => [id, i + 1])) }
}

export function annotationsOf(dataset: Dataset, imageId: number): readonly Annotation[] {
  return dataset.annotations.get(imageId) ?? []
}

/** Throws `DataError` naming the image where its pixels are not of the size its annotations say: masks would not fit. */
export function requireStatedSize(pixels: Size, { fileName, width, height }: DatasetImage): void {
  if (pixels.width === width && pixels.height === height) return
  throw new DataError('image has another size than its annotations say', {
    where: fileName,
    expected: `${width} x ${height}`,
    got: `${pixels.width} x ${pixels.height}`,
    hint: 'Was the image resized or turned after it was labelled?',
  })
}

/** Mask of an annotation in an image of `size`. Throws `DataError` where it has none or one of another size. */
export function annotationToRle(annotation: Pick<Annotation, 'id' | 'segmentation'>, size: Size): Rle {
  const { id, segmentation } = annotation
  if (!segmentation) {
    throw new DataError('annotation has no mask', {
      where: `annotation ${id}`,
      expected: 'a segmentation',
      hint: 'Data with boxes alone can train and evaluate boxes only',
    })
  }
  return segmentationToRle(segmentation, size, `annotation ${id}`)
}

/** Throws `DataError`, naming `where`, for a mask of another size than the image's. */
export function segmentationToRle(segmentation: Segmentation, size: Size, where: string): Rle {
  if (!('counts' in segmentation)) return polygonsToRle(segmentation, size, where)
  const [height, width] = segmentation.size
  if (height === size.height && width === size.width) return segmentation
  throw new DataError('mask has another size than its image', {
    where,
    expected: `[${size.height}, ${size.width}]`,
    got: `[${height}, ${width}]`,
  })
}

/** Box around the points or the pixels. */
export function segmentationBox(segmentation: Segmentation): XywhBox {
  if ('counts' in segmentation) return boxToXywh(rleToBox(segmentation))
  let [x1, y1] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let [x2, y2] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const ring of segmentation) {
    for (let i = 0; i < ring.length; i += 2) {
      x1 = Math.min(x1, ring[i])
      x2 = Math.max(x2, ring[i])
      y1 = Math.min(y1, ring[i + 1])
      y2 = Math.max(y2, ring[i + 1])
    }
  }
  return boxToXywh([x1, y1, x2, y2])
}
