import { isCoordinate, type JsonObject } from '../formats/json-fields.ts'
import type { Size, XywhBox } from '../geometry/boxes.ts'
import type { ImageProbe } from './image-probe.ts'
import { type RawSegmentation, readSegmentation } from './raw-segmentation.ts'

/**
 * A COCO file as it is, mistakes included: whatever `parseCoco` would refuse is left undefined here, and the checks look
 * at it. Positions are those in the file.
 */
export interface RawCoco {
  /** Path as the user gave it. */
  readonly name: string
  readonly document: JsonObject
  /** What the text has that JSON has not, and was read all the same. */
  readonly dialect: readonly Dialect[]
  readonly images: readonly RawImageEntry[]
  readonly annotations: readonly RawAnnotation[]
  readonly categories: readonly RawCategory[]
  /** The first with each id. */
  readonly imageById: ReadonlyMap<number, RawImageEntry>
  readonly categoryById: ReadonlyMap<number, RawCategory>
  /** Ids that several images have: which of them an annotation means cannot be told. */
  readonly sharedImageIds: ReadonlySet<number>
  readonly annotationsByImage: ReadonlyMap<number, readonly RawAnnotation[]>
  /** By file name; absent where the images were not looked at. */
  readonly probes?: ReadonlyMap<string, ImageProbe>
}

export type ListName = 'images' | 'annotations' | 'categories'
export const LISTS: readonly ListName[] = ['images', 'annotations', 'categories']

/** A place where the text is not JSON, and what stands there. */
export interface Dialect {
  readonly line: number
  readonly column: number
  readonly what: string
}

/** An entry of a list. Fields that are missing or of the wrong kind are undefined. */
interface RawEntry {
  readonly index: number
  /** Empty where the entry is not an object. */
  readonly entry: JsonObject
  readonly isObject: boolean
  readonly id?: number
}

export interface RawImageEntry extends RawEntry {
  readonly fileName?: string
  /** Both from 1 to `FARTHEST`. */
  readonly size?: Size
}

export interface RawCategory extends RawEntry {
  readonly categoryName?: string
}

export interface RawAnnotation extends RawEntry {
  readonly imageId?: number
  readonly categoryId?: number
  /** Four numbers within `FARTHEST`, whatever their signs. */
  readonly box?: XywhBox
  readonly area?: number
  readonly isCrowd: boolean
  readonly segmentation: RawSegmentation
}

export interface RawCocoParts {
  readonly name: string
  readonly document: JsonObject
  readonly dialect?: readonly Dialect[]
  readonly probes?: ReadonlyMap<string, ImageProbe>
}

/** Indexes a parsed document; never throws. */
export function indexCoco({ name, document, dialect = [], probes }: RawCocoParts): RawCoco {
  const images = entriesOf(document.images, readImage)
  const categories = entriesOf(document.categories, readCategory)
  const annotations = entriesOf(document.annotations, readAnnotation)
  const annotationsByImage = new Map<number, RawAnnotation[]>()
  for (const annotation of annotations) {
    if (annotation.imageId === undefined) continue
    const others = annotationsByImage.get(annotation.imageId)
    if (others) others.push(annotation)
    else annotationsByImage.set(annotation.imageId, [annotation])
  }
  const imageById = firstById(images)
  const repeated = images.filter(({ id, index }) => id !== undefined && imageById.get(id)?.index !== index)
  return {
    name,
    document,
    dialect,
    probes,
    images,
    annotations,
    categories,
    annotationsByImage,
    imageById,
    sharedImageIds: new Set(repeated.map(({ id }) => id as number)),
    categoryById: firstById(categories),
  }
}

/** The image of an annotation, where the file has it. */
export function imageOfAnnotation(file: RawCoco, { imageId }: RawAnnotation): RawImageEntry | undefined {
  return imageId === undefined ? undefined : file.imageById.get(imageId)
}

/** A category as messages name it. */
export function nameOf({ categoryName, id }: RawCategory): string {
  return categoryName ?? `category ${id}`
}

function entriesOf<T extends RawEntry>(list: unknown, read: (entry: RawEntry) => T): T[] {
  if (!Array.isArray(list)) return []
  return list.map((value: unknown, index) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    const entry = isObject ? (value as JsonObject) : {}
    return read({ index, entry, isObject, id: integer(entry.id) })
  })
}

function readImage(raw: RawEntry): RawImageEntry {
  const { file_name, width, height } = raw.entry
  const [wide, high] = [integer(width), integer(height)]
  const isSize = isCoordinate(wide) && isCoordinate(high) && wide > 0 && high > 0
  return {
    ...raw,
    fileName: typeof file_name === 'string' && file_name !== '' ? file_name : undefined,
    size: isSize ? { width: wide, height: high } : undefined,
  }
}

function readCategory(raw: RawEntry): RawCategory {
  const { name } = raw.entry
  return { ...raw, categoryName: typeof name === 'string' ? name : undefined }
}

/** Segmentations are read once for each entry object, however often a file is indexed while it is repaired. */
const segmentations = new WeakMap<JsonObject, RawSegmentation>()

function readAnnotation(raw: RawEntry): RawAnnotation {
  const { image_id, category_id, bbox, area, iscrowd, segmentation } = raw.entry
  const isBox = Array.isArray(bbox) && bbox.length === 4 && bbox.every(isCoordinate)
  const known = segmentations.get(raw.entry) ?? readSegmentation(segmentation)
  segmentations.set(raw.entry, known)
  return {
    ...raw,
    imageId: integer(image_id),
    categoryId: integer(category_id),
    box: isBox ? (bbox as unknown as XywhBox) : undefined,
    area: Number.isFinite(area) ? (area as number) : undefined,
    isCrowd: iscrowd === 1 || iscrowd === true,
    segmentation: known,
  }
}

function integer(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined
}

function firstById<T extends RawEntry>(entries: readonly T[]): Map<number, T> {
  const byId = new Map<number, T>()
  for (const entry of entries) if (entry.id !== undefined && !byId.has(entry.id)) byId.set(entry.id, entry)
  return byId
}
