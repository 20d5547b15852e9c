/**
 * COCO files of photos that are being labelled. Those that nobody has labelled yet stand in a list of their own, `unlabelled`, which
 * readers of COCO pass over: among `images` they would be photos without any object.
 */
import { annotationsOf, type Dataset, type DatasetImage } from '../../data/dataset.ts'
import { foldedName } from '../../data/file-lookup.ts'
import type { Size } from '../../geometry/boxes.ts'
import { listAt, objectAt } from '../json-fields.ts'
import { parseCoco } from './coco.ts'
import { cocoText } from './coco-writer.ts'

/** Attribute of a photo: whether people said that its labels are complete. Photos of other labels have none. */
export function withChecked({ attributes, ...image }: DatasetImage, checked: boolean): DatasetImage {
  return { ...image, attributes: { ...attributes, checked } }
}

/** Without photos that have no objects and that nobody has checked. */
export function labelledAlone(dataset: Dataset): Dataset {
  return { ...dataset, images: dataset.images.filter((image) => isLabelled(image, dataset)) }
}

/** What a training learns from: those photos, and categories that have objects. */
export function taughtLabels(dataset: Dataset): Dataset {
  const labelled = labelledAlone(dataset)
  const used = new Set([...labelled.annotations.values()].flat().map(({ categoryId }) => categoryId))
  return { ...labelled, categories: labelled.categories.filter(({ id }) => used.has(id)) }
}

/** A COCO file in pieces of text, with `unlabelled` where there are such photos. */
export function labelledPhotosText(dataset: Dataset): Generator<string> {
  const unlabelled = dataset.images.filter((image) => !isLabelled(image, dataset))
  return cocoText(labelledAlone(dataset), unlabelled.length > 0 ? { unlabelled } : {})
}

/** All photos of such a file. Throws `DataError` as `parseCoco` does. */
export function parseLabelledPhotos(json: unknown, where: string): Dataset {
  const file = objectAt(json, where)
  const unlabelled = 'unlabelled' in file ? listAt(file, 'unlabelled', where) : []
  return parseCoco({ ...file, images: [...listAt(file, 'images', where), ...unlabelled] }, where)
}

/** The files that labels do not name. */
export function unnamedFiles(labels: Dataset, files: readonly string[]): string[] {
  const known = new Set(labels.images.map(({ fileName }) => foldedName(fileName)))
  return files.filter((file) => !known.has(foldedName(file)))
}

/**
 * Labels with further photos, which nobody has labelled, in the order of the files: photos keep the ids that they have. What labels
 * say of files that are not there stays in them, at the end.
 * @param further sizes of photos by their files, which labels do not name
 */
export function withPhotos(
  labels: Dataset,
  files: readonly string[],
  further: ReadonlyMap<string, Size>,
): Dataset {
  const places = new Map(files.map((file, i) => [foldedName(file), i]))
  const placeOf = ({ fileName }: DatasetImage) => places.get(foldedName(fileName)) ?? files.length
  const most = labels.images.reduce((id, image) => Math.max(id, image.id), 0)
  const added = [...further].map(([fileName, { width, height }], i) =>
    withChecked({ id: most + 1 + i, fileName, width, height }, false),
  )
  return { ...labels, images: [...labels.images, ...added].sort((a, b) => placeOf(a) - placeOf(b)) }
}

function isLabelled({ id, attributes }: DatasetImage, dataset: Dataset): boolean {
  return attributes?.checked !== false || annotationsOf(dataset, id).length > 0
}
