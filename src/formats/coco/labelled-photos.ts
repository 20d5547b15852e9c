/**
 * COCO files of photos that are being labelled. Those that nobody has labelled yet stand in a list of their own, `unlabelled`, which
 * readers of COCO pass over: among `images` they would be photos without any object.
 */
import { annotationsOf, type Dataset, type DatasetImage } from '../../data/dataset.ts'
import { parseCoco, parseImages } from './coco.ts'
import { cocoText } from './coco-writer.ts'

/** Attribute of a photo: whether people said that its labels are complete. Photos of other labels have none. */
export function withChecked({ attributes, ...image }: DatasetImage, checked: boolean): DatasetImage {
  return { ...image, attributes: { ...attributes, checked } }
}

/** Without photos that have no objects and that nobody has checked. */
export function labelledAlone(dataset: Dataset): Dataset {
  return { ...dataset, images: dataset.images.filter((image) => isLabelled(image, dataset)) }
}

/** A COCO file in pieces of text, with `unlabelled` where there are such photos. */
export function labelledPhotosText(dataset: Dataset): Generator<string> {
  const unlabelled = dataset.images.filter((image) => !isLabelled(image, dataset))
  return cocoText(labelledAlone(dataset), unlabelled.length > 0 ? { unlabelled } : {})
}

/** All photos of such a file. Throws `DataError` as `parseCoco` does. */
export function parseLabelledPhotos(json: unknown, where: string): Dataset {
  const labels = parseCoco(json, where)
  const { images, unlabelled = [] } = json as {
    readonly images: readonly unknown[]
    readonly unlabelled?: readonly unknown[]
  }
  return { ...labels, images: parseImages([...images, ...unlabelled], where) }
}

function isLabelled({ id, attributes }: DatasetImage, dataset: Dataset): boolean {
  return attributes?.checked !== false || annotationsOf(dataset, id).length > 0
}
