import { annotationPlace, countAnnotationLosses } from '../../data/annotation-losses.ts'
import { type Annotation, annotationsOf, type DatasetImage } from '../../data/dataset.ts'
import type { Losses } from '../../data/losses.ts'
import { type Box, boxArea, clipBox } from '../../geometry/boxes.ts'
import { rleToBox } from '../../geometry/rle.ts'
import { classIndices, plainName } from '../class-indices.ts'
import type { DataTarget, Split, WriteOptions } from '../format.ts'
import { labelStems } from '../image-files.ts'
import { encodeLabelPng } from '../mask-images/label-png.ts'
import { maskedAnnotations, stackMasks } from '../mask-images/stacked-masks.ts'
import { namedImage } from '../split-folders.ts'
import { LABEL_MAP_FILE } from './pascal-voc-classes.ts'
import { VOC_PALETTE, VOC_VOID } from './pascal-voc-colours.ts'
import { type VocObject, vocXml } from './pascal-voc-xml.ts'

const IMAGES = 'JPEGImages'

/**
 * `Annotations/*.xml`, `SegmentationObject/*.png` and `SegmentationClass/*.png` where there are masks, lists in `ImageSets/`,
 * and `labelmap.txt` with the names and colours of the classes.
 */
export async function writePascalVoc(
  splits: readonly Split[],
  target: DataTarget,
  options: WriteOptions,
): Promise<void> {
  const { losses } = options
  const { classes, indexOf } = classIndices(splits, losses, plainName)
  const hasClassMaps = classes.length < VOC_VOID
  if (!hasClassMaps)
    losses.add('maps of classes left out: there are more than 254', `${classes.length} classes`)
  // All splits share the folders, so names are unique across them.
  const stems = labelStems(splits.flatMap(({ dataset }) => dataset.images))
  let done = 0
  for (const split of splits) {
    countAnnotationLosses(split, losses)
    const all: string[] = []
    const segmented: string[] = []
    for (const image of split.dataset.images) {
      options.signal?.throwIfAborted()
      const stem = stems[done++]
      const { objects, indices } = vocObjects(annotationsOf(split.dataset, image.id), image, losses)
      const named = objects.map(({ annotation, box }) => {
        const index = indexOf(split, annotation.categoryId)
        return { index, name: classes[index], box, difficult: annotation.isCrowd, extras: [] }
      })
      await target.writeText(`Annotations/${stem}.xml`, annotationText(image, named, indices !== undefined))
      all.push(stem)
      if (indices) {
        segmented.push(stem)
        await target.writeBytes(`SegmentationObject/${stem}.png`, palettePng(indices, image))
        if (hasClassMaps) {
          const classOf = [0, ...named.map(({ index }) => index + 1)]
          const map = indices.map((index) => (index === VOC_VOID ? VOC_VOID : classOf[index]))
          await target.writeBytes(`SegmentationClass/${stem}.png`, palettePng(map, image))
        }
      }
      await options.placeImage?.(split, image.fileName, `${IMAGES}/${namedImage(image.fileName)}`)
      options.progress?.(done, stems.length, image.fileName)
    }
    const list = split.name || 'trainval'
    await target.writeText(`ImageSets/Main/${list}.txt`, lines(all))
    // Reading goes by the lists of segmentation where there are any: they are all there or none.
    if (segmented.length === all.length)
      await target.writeText(`ImageSets/Segmentation/${list}.txt`, lines(segmented))
  }
  if (hasClassMaps) await target.writeText(LABEL_MAP_FILE, labelMapText(classes))
}

interface PlacedObject {
  readonly annotation: Annotation
  /** In whole pixels. */
  readonly box: Box
}

interface VocObjects {
  /** Those with pixels of their own first: number n of the map is the n-th. */
  readonly objects: readonly PlacedObject[]
  /** Undefined where the image has boxes only. */
  readonly indices?: Uint8Array
}

function vocObjects(annotations: readonly Annotation[], image: DatasetImage, losses: Losses): VocObjects {
  const masked = maskedAnnotations(
    annotations.filter(({ segmentation }) => segmentation),
    image,
    losses,
  )
  const boxOf = new Map(masked.map(({ annotation, rle }) => [annotation, rleToBox(rle)]))
  const { labels, annotations: visible } = stackMasks(masked, image, losses)
  for (const { id } of visible.slice(VOC_VOID - 1)) {
    losses.add('masks left out of images with more than 254 objects', annotationPlace(image.fileName, id))
  }
  for (const { id, isCrowd } of annotations) {
    if (isCrowd)
      losses.change(
        'crowds marked as difficult, which are ignored alike',
        annotationPlace(image.fileName, id),
      )
  }
  const seen = new Set(visible)
  const objects: PlacedObject[] = []
  for (const annotation of [...visible, ...annotations.filter((other) => !seen.has(other))]) {
    const box = boxOf.get(annotation) ?? wholeBox(annotation, image, losses)
    if (box) objects.push({ annotation, box })
  }
  if (visible.length === 0 && annotations.length > 0) return { objects }
  return { objects, indices: Uint8Array.from(labels, (label) => Math.min(label, VOC_VOID)) }
}

/** The box in whole pixels of the image; undefined where none is left. */
function wholeBox({ id, box }: Annotation, image: DatasetImage, losses: Losses): Box | undefined {
  const where = annotationPlace(image.fileName, id)
  const [x1, y1, x2, y2] = clipBox(box, image)
  const whole = [Math.floor(x1), Math.floor(y1), Math.ceil(x2), Math.ceil(y2)] as const
  if (boxArea(whole) === 0) {
    losses.add('boxes left out that are empty or outside of their image', where)
    return undefined
  }
  if (whole.some((at, side) => at !== box[side]))
    losses.add('boxes rounded to whole pixels of the image', where)
  return whole
}

function annotationText(image: DatasetImage, objects: readonly VocObject[], segmented: boolean): string {
  return vocXml({ folder: IMAGES, fileName: namedImage(image.fileName), size: image, segmented, objects })
}

function palettePng(data: Uint8Array, { width, height }: DatasetImage): Uint8Array {
  return encodeLabelPng({ data, width, height, channels: 1, palette: VOC_PALETTE })
}

function labelMapText(classes: readonly string[]): string {
  const rows = ['background', ...classes].map((name, index) => `${name}:${VOC_PALETTE[index].join(',')}::`)
  return lines(['# label:color_rgb:parts:actions', ...rows])
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('')
}
