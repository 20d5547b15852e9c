import type { Annotation, Category, Dataset, DatasetImage, Segmentation } from '../../data/dataset.ts'
import { segmentationBox, segmentationToRle } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import { boxArea, type XywhBox, xywhToBox } from '../../geometry/boxes.ts'
import { rleArea } from '../../geometry/rle.ts'
import { type OptionNames, requireKnownOptions } from '../../names/known-options.ts'
import { IMAGE_MEMBERS, imageAttributes, isEmpty } from '../image-attributes.ts'
import {
  coordinatesAt,
  describe,
  flagAt,
  integerAt,
  isAbsent,
  type JsonObject,
  listAt,
  numberAt,
  numbersAt,
  objectAt,
  sideAt,
  textAt,
} from '../json-fields.ts'
import { parseCocoSegmentation } from './coco-segmentation.ts'

export interface CocoOptions {
  /**
   * What becomes of an annotation whose box has no area or whose polygon has fewer than three points: `error` (the
   * default, for training) throws naming it, `skip` leaves the annotation (or the ring, where others remain)
   * out, `keep` takes boxes as they are, as COCO's evaluation does.
   */
  readonly onDegenerate?: 'error' | 'skip' | 'keep'
  /** Told of each annotation or ring that is left out. */
  readonly onSkipped?: (problem: DataError) => void
  /** Told of each member with content that a `Dataset` has no place for, such as `color` of categories. */
  readonly onIgnored?: (member: string, where: string) => void
}

const OPTIONS: OptionNames<CocoOptions> = { onDegenerate: true, onSkipped: true, onIgnored: true }

/** Members of entries that a `Dataset` holds; of images see `imageAttributes`. */
const HELD = {
  categories: new Set(['id', 'name', 'supercategory', 'keypoints', 'skeleton']),
  annotations: new Set(
    'id image_id category_id bbox area iscrowd score segmentation keypoints num_keypoints'.split(' '),
  ),
} as const

function tellIgnored(
  list: 'categories' | 'annotations',
  object: JsonObject,
  where: string,
  { onIgnored }: CocoOptions,
): void {
  if (!onIgnored) return
  for (const [key, value] of Object.entries(object)) {
    if (!HELD[list].has(key) && !isEmpty(value)) onIgnored(`${key} of ${list}`, where)
  }
}

/**
 * A COCO file (`images`, `annotations`, `categories`), already parsed from JSON. Boxes missing from the file are
 * taken from the mask, areas from the mask or the box. Throws `DataError` naming `where` (the file) and the
 * entry, for example `train.json: annotations[3]`.
 */
export function parseCoco(json: unknown, where: string, options: CocoOptions = {}): Dataset {
  requireCocoOptions('parseCoco', options)
  const file = objectAt(json, where)
  const images = parseImages(listAt(file, 'images', where), where, options)
  const categories = parseCategories(listAt(file, 'categories', where), where, options)
  const annotations = annotationParser(images, categories, where, options)
  for (const [i, entry] of listAt(file, 'annotations', where).entries()) annotations.add(entry, i)
  return { images, annotations: annotations.byImage, categories }
}

export function requireCocoOptions(of: string, options: CocoOptions): void {
  requireKnownOptions(of, options, OPTIONS)
}

export function parseImages(
  entries: readonly unknown[],
  where: string,
  options: CocoOptions = {},
): DatasetImage[] {
  const ids = new Set<number>()
  return entries.map((entry, i) => {
    const at = `${where}: images[${i}]`
    const object = objectAt(entry, at)
    const image = parseImage(object, at, options)
    refuseDuplicate(ids, image.id, 'image', at)
    return image
  })
}

export function parseCategories(
  entries: readonly unknown[],
  where: string,
  options: CocoOptions = {},
): Category[] {
  const ids = new Set<number>()
  return entries.map((entry, i) => {
    const at = `${where}: categories[${i}]`
    const object = objectAt(entry, at)
    const category = parseCategory(object, at)
    tellIgnored('categories', object, at, options)
    refuseDuplicate(ids, category.id, 'category', at)
    return category
  })
}

export interface AnnotationParser {
  /** Takes an entry of the list `annotations`, with its place there; undefined where it is degenerate and left out. */
  add(this: void, entry: unknown, index: number): Annotation | undefined
  readonly byImage: ReadonlyMap<number, readonly Annotation[]>
}

export function annotationParser(
  images: readonly DatasetImage[],
  categories: readonly Category[],
  where: string,
  options: CocoOptions = {},
): AnnotationParser {
  const imageOf = new Map(images.map((image) => [image.id, image]))
  const categoryIds = new Set(categories.map(({ id }) => id))
  const byImage = new Map<number, Annotation[]>()
  const ids = new Set<number>()
  const add = (entry: unknown, index: number) => {
    const at = `${where}: annotations[${index}]`
    const object = objectAt(entry, at)
    const id = integerAt(object, 'id', at)
    refuseDuplicate(ids, id, 'annotation', at)
    const imageId = integerAt(object, 'image_id', at)
    const image = imageOf.get(imageId)
    if (!image)
      throw new DataError(`annotation ${id} belongs to no image`, { where: at, got: `image_id ${imageId}` })
    const annotation = parseAnnotation(object, id, image, categoryIds, at, options)
    tellIgnored('annotations', object, at, options)
    const others = byImage.get(imageId)
    if (annotation && others) others.push(annotation)
    else if (annotation) byImage.set(imageId, [annotation])
    return annotation
  }
  return { add, byImage }
}

/** Adds an id to those seen. */
export function refuseDuplicate(seen: Set<number>, id: number, what: string, where: string): void {
  if (seen.has(id)) throw new DataError(`${what} id ${id} is used twice`, { where, expected: 'unique ids' })
  seen.add(id)
}

function parseImage(object: JsonObject, where: string, { onIgnored }: CocoOptions): DatasetImage {
  const [width, height] = ['width', 'height'].map((key) => sideAt(object, key, where))
  const id = integerAt(object, 'id', where)
  const fileName = isAbsent(object.file_name) ? '' : textAt(object, 'file_name', where)
  const others = Object.entries(object).filter(([key]) => !IMAGE_MEMBERS.has(key))
  const onLeftOut = (key: string) => onIgnored?.(`${key} of images`, where)
  return { id, fileName, width, height, ...imageAttributes(Object.fromEntries(others), onLeftOut) }
}

function parseCategory(object: JsonObject, where: string): Category {
  const category = {
    id: integerAt(object, 'id', where),
    name: textAt(object, 'name', where),
    ...(typeof object.supercategory === 'string' && { supercategory: object.supercategory }),
  }
  if (isAbsent(object.keypoints)) return category
  const keypoints = listAt(object, 'keypoints', where).map((name, i) => {
    if (typeof name === 'string') return name
    throw new DataError('"keypoints" is wrong', {
      where,
      expected: 'a name for each',
      got: `${describe(name)} for keypoint ${i + 1}`,
    })
  })
  const skeleton = isAbsent(object.skeleton) ? [] : listAt(object, 'skeleton', where)
  return {
    ...category,
    keypoints,
    skeleton: skeleton.map((pair, i) => {
      const [a, b] = numbersAt({ pair }, 'pair', `${where}: skeleton[${i}]`, 2)
      return [a, b]
    }),
  }
}

/** Undefined where the annotation is degenerate and skipped. */
function parseAnnotation(
  object: JsonObject,
  id: number,
  image: DatasetImage,
  categoryIds: ReadonlySet<number>,
  where: string,
  { onDegenerate = 'error', onSkipped }: CocoOptions,
): Annotation | undefined {
  const categoryId = integerAt(object, 'category_id', where)
  if (!categoryIds.has(categoryId)) {
    throw new DataError(`annotation ${id} has an unknown category`, {
      where,
      expected: `one of ${describe([...categoryIds])}`,
      got: `${categoryId}`,
    })
  }
  const isCrowd = flagAt(object, 'iscrowd', where)
  const degenerate = (what: string, expected: string, got: string) => {
    const problem = new DataError(`annotation ${id} ${what}`, {
      where,
      expected,
      got,
      hint:
        onDegenerate === 'error' ? 'Correct or remove it, or leave such annotations out (skip)' : undefined,
    })
    if (onDegenerate === 'error') throw problem
    if (onDegenerate === 'skip') onSkipped?.(problem)
  }
  const parsed = parseCocoSegmentation(object.segmentation, image, where)
  let segmentation: Segmentation | undefined = parsed
  if (parsed && !('counts' in parsed)) {
    const rings = parsed.filter((ring, i) => {
      if (ring.length >= 6) return true
      degenerate(
        'has a polygon that encloses nothing',
        'at least three points',
        `segmentation[${i}] of ${ring.length / 2}`,
      )
      return false
    })
    if (rings.length === 0 && onDegenerate === 'skip') return undefined
    segmentation = rings.length > 0 ? rings : undefined
  }
  const xywh = parseBox(object, segmentation, where)
  if (!(xywh[2] > 0 && xywh[3] > 0)) {
    degenerate('has a box without area', 'width and height above 0', describe(xywh))
    if (onDegenerate === 'skip') return undefined
  }
  const annotation = { id, imageId: image.id, categoryId, box: xywhToBox(xywh), xywh, isCrowd, segmentation }
  return {
    ...annotation,
    area: parseArea(object, annotation, image, where),
    ...parseKeypoints(object, where),
    ...(!isAbsent(object.score) && { score: numberAt(object, 'score', where) }),
  }
}

function parseBox(object: JsonObject, segmentation: Segmentation | undefined, where: string): XywhBox {
  if (isAbsent(object.bbox) && segmentation) return segmentationBox(segmentation)
  const [x, y, width, height] = coordinatesAt(object, 'bbox', where, 4)
  return [x, y, width, height]
}

function parseArea(
  object: JsonObject,
  { xywh: [, , width, height], segmentation }: { xywh: XywhBox; segmentation?: Segmentation },
  image: DatasetImage,
  where: string,
): number {
  if (!isAbsent(object.area)) return numberAt(object, 'area', where)
  // Of the sides as stated: x2 - x1 need not be the width to the last digit.
  return segmentation
    ? rleArea(segmentationToRle(segmentation, image, where))
    : boxArea([0, 0, width, height])
}

function parseKeypoints(object: JsonObject, where: string): Pick<Annotation, 'keypoints' | 'keypointCount'> {
  if (isAbsent(object.keypoints)) return {}
  const keypoints = coordinatesAt(object, 'keypoints', where)
  // What some tools write of objects that have none.
  if (keypoints.length === 0) return {}
  if (keypoints.length % 3 !== 0) {
    throw new DataError('"keypoints" is wrong', {
      where,
      expected: 'x, y and visibility of each',
      got: `${keypoints.length} numbers`,
    })
  }
  const labelled = keypoints.filter((value, i) => i % 3 === 2 && value > 0).length
  const stated = !isAbsent(object.num_keypoints)
  return { keypoints, keypointCount: stated ? integerAt(object, 'num_keypoints', where) : labelled }
}
