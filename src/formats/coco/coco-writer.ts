import {
  type Annotation,
  annotationsOf,
  type Category,
  type Dataset,
  type DatasetImage,
  type Segmentation,
} from '../../data/dataset.ts'
import { boxToXywh } from '../../geometry/boxes.ts'
import { compressRle } from '../../geometry/rle.ts'
import { jsonLines } from '../json-file.ts'

/**
 * A COCO file in pieces of text, an entry a line: boxes and areas as the source states them where it does, masks as
 * polygons or compressed runs as the data set holds them (an empty list where there is a box alone).
 * @param others lists of images by the names that they have in the file
 */
export function* cocoText(
  { images, annotations, categories }: Dataset,
  others: Readonly<Record<string, readonly DatasetImage[]>> = {},
): Generator<string> {
  yield '{"info":{"description":""},\n"images":[\n'
  yield* jsonLines(images, imageJson)
  yield '],\n"annotations":[\n'
  yield* jsonLines(annotationsInOrder({ images, annotations }), annotationJson)
  yield '],\n"categories":[\n'
  yield* jsonLines(categories, categoryJson)
  for (const [name, list] of Object.entries(others)) {
    yield `],\n"${name}":[\n`
    yield* jsonLines(list, imageJson)
  }
  yield ']}\n'
}

/** With attributes as members of their own names. */
export function imageJson({ id, fileName, width, height, attributes }: DatasetImage) {
  return { id, file_name: fileName, width, height, ...attributes }
}

/** As COCO writes it: rings, or size and compressed counts. */
function segmentationJson(segmentation: Segmentation) {
  return 'counts' in segmentation ? compressRle(segmentation) : segmentation
}

function* annotationsInOrder(dataset: Pick<Dataset, 'images' | 'annotations'>): Generator<Annotation> {
  for (const { id } of dataset.images) yield* annotationsOf(dataset as Dataset, id)
}

export function annotationJson(annotation: Annotation) {
  const { id, imageId, categoryId, box, xywh, area, isCrowd, score, segmentation, keypoints, keypointCount } =
    annotation
  return {
    id,
    image_id: imageId,
    category_id: categoryId,
    bbox: xywh ?? boxToXywh(box),
    area,
    iscrowd: isCrowd ? 1 : 0,
    ...(score !== undefined && { score }),
    segmentation: segmentation ? segmentationJson(segmentation) : [],
    ...(keypoints && { keypoints, num_keypoints: keypointCount }),
  }
}

export function categoryJson({ id, name, supercategory, keypoints, skeleton }: Category) {
  return { id, name, supercategory, ...(keypoints && { keypoints, skeleton: skeleton ?? [] }) }
}
