import {
  describe,
  isAbsent,
  isCoordinate,
  isFlag,
  isRounded,
  type JsonObject,
} from '../../formats/json-fields.ts'
import { boxToXywh } from '../../geometry/boxes.ts'
import { annotationFinding, type Check, categoryFinding, imageFinding, type Repair } from '../check.ts'
import { freeIds } from '../free-ids.ts'
import { decoded } from '../image-probe.ts'
import { maskFacts } from '../mask-facts.ts'
import type { RawAnnotation, RawCategory, RawCoco, RawImageEntry } from '../raw-coco.ts'

export const malformedEntries: Check = {
  name: 'malformed-entries',
  title: 'Entries with fields missing or wrong',
  severity: 'error',
  unit: 'annotations',
  why: 'Images need id, file name and size, annotations id, image, category and box, categories id and name, all of the right kind and within 10 million pixels; readers stop at the first that is not.',
  advice: 'Correct the entries, or let --fix fill in what follows from masks and images.',
  *find({ files }) {
    for (const file of files) {
      for (const image of file.images) {
        for (const problem of imageProblems(file, image)) yield imageFinding(file, image, problem)
      }
      for (const category of file.categories) {
        for (const problem of categoryProblems(category)) yield categoryFinding(file, category, problem)
      }
      for (const annotation of file.annotations) {
        for (const problem of annotationProblems(annotation))
          yield annotationFinding(file, annotation, problem)
      }
    }
  },
  repair: {
    does: 'Ids written as text become numbers, sizes of images are read from the files, boxes and areas follow from the masks, annotations without id get a free one, and entries that are no objects are removed.',
    *changes(file) {
      for (const image of file.images) {
        if (imageProblems(file, image).length > 0)
          yield* changed('images', image, completedImage(file, image))
      }
      for (const category of file.categories) {
        if (categoryProblems(category).length > 0)
          yield* changed('categories', category, withNumericIds(category.entry))
      }
      const free = freeIds(file)
      for (const annotation of file.annotations) {
        if (annotationProblems(annotation).length > 0)
          yield* changed('annotations', annotation, completedAnnotation(file, annotation, free))
      }
    },
  },
}

function imageProblems(file: RawCoco, { isObject, entry, id, fileName, size }: RawImageEntry): string[] {
  if (!isObject) return ['is not an object']
  // Files that name no image at all are meant so: their annotations are for evaluating results.
  const isNamed = fileName !== undefined || (isAbsent(entry.file_name) && !namesImages(file))
  return [
    ...(id === undefined ? [wrong('id', entry)] : []),
    ...(isNamed ? [] : [wrong('file_name', entry)]),
    ...(size ? [] : [`${wrong('width', entry)}, ${wrong('height', entry)}`]),
  ]
}

const naming = new WeakMap<RawCoco, boolean>()

function namesImages(file: RawCoco): boolean {
  const names = naming.get(file) ?? file.images.some(({ entry }) => !isAbsent(entry.file_name))
  naming.set(file, names)
  return names
}

function categoryProblems({ isObject, entry, id, categoryName }: RawCategory): string[] {
  if (!isObject) return ['is not an object']
  const { keypoints, skeleton } = entry
  return [
    ...(id === undefined ? [wrong('id', entry)] : []),
    ...(categoryName === undefined ? [wrong('name', entry)] : []),
    ...(isAbsent(keypoints) || isListOf(keypoints, isText) ? [] : [wrong('keypoints', entry)]),
    ...(isAbsent(skeleton) || isListOf(skeleton, isBone) ? [] : [wrong('skeleton', entry)]),
  ]
}

function annotationProblems(annotation: RawAnnotation): string[] {
  const { isObject, entry, id, imageId, categoryId, box, area, segmentation } = annotation
  if (!isObject) return ['is not an object']
  const { bbox, iscrowd, keypoints, num_keypoints } = entry
  const isKeypoints = isListOf(keypoints, isCoordinate) && keypoints.length % 3 === 0
  return [
    ...(id === undefined ? [wrong('id', entry)] : []),
    ...(imageId === undefined ? [wrong('image_id', entry)] : []),
    ...(categoryId === undefined ? [wrong('category_id', entry)] : []),
    // A box may be left out where the mask tells it.
    ...(box || (isAbsent(bbox) && segmentation.kind !== 'none') ? [] : [wrong('bbox', entry)]),
    ...(area === undefined && !isAbsent(entry.area) ? [wrong('area', entry)] : []),
    ...(isFlag(iscrowd) ? [] : [wrong('iscrowd', entry)]),
    ...(isAbsent(keypoints) || isKeypoints ? [] : [wrong('keypoints', entry)]),
    ...(isAbsent(num_keypoints) || Number.isSafeInteger(num_keypoints)
      ? []
      : [wrong('num_keypoints', entry)]),
  ]
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** A line of a skeleton: the two keypoints that it joins. */
function isBone(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)
}

function wrong(key: string, entry: JsonObject): string {
  const value = entry[key]
  if (value === undefined) return `has no ${key}`
  if (isRounded(value)) return `${key} is about ${value}, too large to be read without rounding`
  return `${key} is ${shown(value)}`
}

/** JSON would show infinite numbers as null. */
function shown(value: unknown): string {
  if (typeof value === 'number') return `${value}`
  return Array.isArray(value) && value.length <= 8 ? `[${value.map(shown).join(', ')}]` : describe(value)
}

function* changed(
  list: 'images' | 'annotations' | 'categories',
  { index, isObject, entry }: RawImageEntry | RawAnnotation | RawCategory,
  completed: JsonObject,
): Generator<Repair> {
  if (!isObject) yield { list, index }
  else if (JSON.stringify(completed) !== JSON.stringify(entry)) yield { list, index, entry: completed }
}

function completedImage(file: RawCoco, { entry, fileName, size }: RawImageEntry): JsonObject {
  const shownSize = fileName === undefined ? undefined : decoded(file.probes?.get(fileName))?.shown
  return { ...withNumericIds(entry), ...(size ? {} : shownSize) }
}

function completedAnnotation(file: RawCoco, annotation: RawAnnotation, free: Iterator<number>): JsonObject {
  const entry = withNumericIds(annotation.entry)
  const facts = maskFacts(file, annotation)
  const fromMask = facts && facts.pixels > 0 ? facts : undefined
  const hasArea = annotation.area !== undefined || isAbsent(entry.area)
  const boxArea = annotation.box && annotation.box[2] * annotation.box[3]
  return {
    ...entry,
    ...(entry.id === undefined && { id: free.next().value }),
    ...(!annotation.box && fromMask && { bbox: boxToXywh(fromMask.box) }),
    ...(!hasArea && { area: fromMask?.pixels ?? boxArea }),
  }
}

function withNumericIds(entry: JsonObject): JsonObject {
  const ids = ['id', 'image_id', 'category_id'].flatMap((key) => {
    const value = entry[key]
    return typeof value === 'string' && /^\d{1,15}$/.test(value) ? [[key, Number(value)]] : []
  })
  return { ...entry, ...Object.fromEntries(ids) }
}
