import type { Category, DatasetImage } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import { type CocoOptions, parseCoco } from '../coco/coco.ts'
import { describe, flagAt, integerAt, listAt, objectAt, textAt } from '../json-fields.ts'

/** A JSON file of COCO's panoptic task: segments of each image, whose pixels are in a PNG file beside it. */
export interface PanopticFile {
  readonly images: readonly DatasetImage[]
  readonly categories: readonly PanopticCategory[]
  /** In the order of the file. */
  readonly maps: readonly PanopticMap[]
}

export interface PanopticCategory extends Category {
  /** Things are counted, stuff (sky, grass) is not. */
  readonly isThing: boolean
}

export interface PanopticMap {
  readonly image: DatasetImage
  /** Name of the PNG file. */
  readonly fileName: string
  readonly segments: readonly Segment[]
}

export interface Segment {
  /** R + 256 G + 65536 B of its pixels. */
  readonly id: number
  readonly category: PanopticCategory
  readonly isCrowd: boolean
}

/**
 * Throws `DataError` naming `where` and the entry. A category that does not say is a thing.
 * @param onIgnored as of `parseCoco`; colours of categories only tell them apart and are not told
 */
export function parsePanoptic(
  json: unknown,
  where: string,
  onIgnored?: CocoOptions['onIgnored'],
): PanopticFile {
  const file = objectAt(json, where)
  const kinds = new Map<unknown, boolean>()
  const entries = listAt(file, 'categories', where).map((entry, i) => {
    const { isthing, color: _, ...category } = objectAt(entry, `${where}: categories[${i}]`)
    kinds.set(category.id, isthing !== 0 && isthing !== false)
    return category
  })
  const heads = { ...file, categories: entries, annotations: [] }
  const { images, categories } = parseCoco(heads, where, { onIgnored })
  const parsed = categories.map((category) => ({ ...category, isThing: kinds.get(category.id) === true }))
  const imageOf = new Map(images.map((image) => [image.id, image]))
  const categoryOf = new Map(parsed.map((category) => [category.id, category]))
  const seen = new Set<number>()
  const maps = listAt(file, 'annotations', where).map((entry, i) => {
    const at = `${where}: annotations[${i}]`
    const object = objectAt(entry, at)
    const imageId = integerAt(object, 'image_id', at)
    const image = imageOf.get(imageId)
    if (!image)
      throw new DataError('annotation belongs to no image', { where: at, got: `image_id ${imageId}` })
    if (seen.has(imageId)) {
      throw new DataError('image has two annotations', { where: at, got: `image_id ${imageId}` })
    }
    seen.add(imageId)
    const ids = new Set<number>()
    const segments = listAt(object, 'segments_info', at).map((entry, j) => {
      const segment = parseSegment(entry, categoryOf, `${at}: segments_info[${j}]`)
      if (ids.has(segment.id)) {
        throw new DataError(`segment id ${segment.id} is used twice`, {
          where: at,
          expected: 'unique ids in an image',
        })
      }
      ids.add(segment.id)
      return segment
    })
    return { image, fileName: textAt(object, 'file_name', at), segments }
  })
  return { images, categories: parsed, maps }
}

const LARGEST_ID = 2 ** 24 - 1

function parseSegment(
  entry: unknown,
  categories: ReadonlyMap<number, PanopticCategory>,
  where: string,
): Segment {
  const object = objectAt(entry, where)
  const id = integerAt(object, 'id', where)
  if (id < 1 || id > LARGEST_ID) {
    throw new DataError('segment id is no colour', {
      where,
      expected: `1 to ${LARGEST_ID}: R + 256 G + 65536 B, 0 is unlabelled`,
      got: `${id}`,
    })
  }
  const categoryId = integerAt(object, 'category_id', where)
  const category = categories.get(categoryId)
  if (category) return { id, category, isCrowd: flagAt(object, 'iscrowd', where) }
  throw new DataError(`segment ${id} has an unknown category`, {
    where,
    expected: `one of ${describe([...categories.keys()])}`,
    got: `${categoryId}`,
  })
}
