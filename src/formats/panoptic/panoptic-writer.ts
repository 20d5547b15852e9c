import { countAnnotationLosses } from '../../data/annotation-losses.ts'
import { type Annotation, annotationsOf, type Category, type DatasetImage } from '../../data/dataset.ts'
import { boxToXywh } from '../../geometry/boxes.ts'
import { labelsToRles } from '../../geometry/labels-to-rles.ts'
import { rleArea, rleToBox } from '../../geometry/rle.ts'
import { imageJson } from '../coco/coco-writer.ts'
import type { DataTarget, Split, WriteOptions } from '../format.ts'
import { labelStems } from '../image-files.ts'
import { jsonLines } from '../json-file.ts'
import { encodeLabelPng } from '../mask-images/label-png.ts'
import { maskedAnnotations, stackMasks } from '../mask-images/stacked-masks.ts'
import { VOC_PALETTE } from '../pascal-voc/pascal-voc-colours.ts'
import { namedImage, splitPrefix, withoutEnding } from '../split-folders.ts'

/**
 * `annotations/panoptic_SPLIT.json` and a folder of that name with a PNG file an image. Segments do not overlap: small ones
 * lie on top, crowds lowest, and what is hidden is counted as lost.
 */
export async function writePanoptic(
  splits: readonly Split[],
  target: DataTarget,
  options: WriteOptions,
): Promise<void> {
  const total = splits.reduce((sum, { dataset }) => sum + dataset.images.length, 0)
  let done = 0
  for (const split of splits) {
    countAnnotationLosses(split, options.losses, { supercategories: true, attributes: true })
    const { images, categories } = split.dataset
    const usual = split.name === '' ? 'panoptic.json' : `annotations/panoptic_${split.name}.json`
    const file = splits.length === 1 ? (options.entry ?? usual) : usual
    const stems = labelStems(images)
    const maps: object[] = []
    for (const [i, image] of images.entries()) {
      options.signal?.throwIfAborted()
      const fileName = `${stems[i]}.png`
      const masked = maskedAnnotations(annotationsOf(split.dataset, image.id), image, options.losses)
      const { labels, annotations } = stackMasks(masked, image, options.losses)
      await target.writeBytes(`${withoutEnding(file)}/${fileName}`, idPng(labels, annotations.length, image))
      maps.push({
        image_id: image.id,
        file_name: fileName,
        segments_info: segmentsInfo(labels, annotations, image),
      })
      const place = `images/${splitPrefix(split.name)}${namedImage(image.fileName)}`
      await options.placeImage?.(split, image.fileName, place)
      done++
      options.progress?.(done, total, image.fileName)
    }
    await target.writeText(file, panopticText(images, maps, categories))
  }
}

/** Different for different n, and spread over all colours so that neighbours are told apart by eye. */
function segmentId(n: number): number {
  return (n * 0x9e3779) % 2 ** 24
}

function idPng(labels: ArrayLike<number>, count: number, { width, height }: DatasetImage): Uint8Array {
  const ids = Uint32Array.from({ length: count + 1 }, (_, n) => segmentId(n))
  const data = new Uint8Array(width * height * 3)
  for (let at = 0; at < labels.length; at++) {
    const id = ids[labels[at]]
    data[3 * at] = id & 255
    data[3 * at + 1] = (id >> 8) & 255
    data[3 * at + 2] = id >> 16
  }
  return encodeLabelPng({ data, width, height, channels: 3 })
}

/** Boxes and areas are those of the pixels that are seen. */
function segmentsInfo(
  labels: ArrayLike<number>,
  annotations: readonly Annotation[],
  image: DatasetImage,
): object[] {
  return [...labelsToRles(labels, image)].map(([label, rle]) => {
    const { categoryId, isCrowd } = annotations[label - 1]
    return {
      id: segmentId(label),
      category_id: categoryId,
      iscrowd: isCrowd ? 1 : 0,
      bbox: boxToXywh(rleToBox(rle)),
      area: rleArea(rle),
    }
  })
}

function* panopticText(
  images: readonly DatasetImage[],
  maps: readonly object[],
  categories: readonly Category[],
): Generator<string> {
  yield '{"images":[\n'
  yield* jsonLines(images, imageJson)
  yield '],\n"annotations":[\n'
  yield* jsonLines(maps, (map) => map)
  yield '],\n"categories":[\n'
  // Visualising tools want a colour; index 0 of the palette is black.
  const colourOf = (i: number) => VOC_PALETTE[1 + (i % 255)]
  yield* jsonLines(categories.entries(), ([i, { id, name, supercategory }]) => {
    return { id, name, supercategory, isthing: 1, color: colourOf(i) }
  })
  yield ']}\n'
}
