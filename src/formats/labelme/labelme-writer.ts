import { annotationPlace, countAnnotationLosses } from '../../data/annotation-losses.ts'
import { type Annotation, annotationsOf } from '../../data/dataset.ts'
import type { Size } from '../../geometry/boxes.ts'
import { maskToPolygons } from '../../geometry/contour.ts'
import type { Polygon } from '../../geometry/polygon.ts'
import { decodeRle, type Rle, rleToBox } from '../../geometry/rle.ts'
import { cropRle } from '../../geometry/rle-crop.ts'
import { base64Of } from '../base64.ts'
import { classIndices, plainName } from '../class-indices.ts'
import type { DataTarget, Split, WriteOptions } from '../format.ts'
import { encodeLabelPng } from '../mask-images/label-png.ts'
import { lastPart, namedImage, splitPrefix, stemsOf } from '../split-folders.ts'

/** The version of Labelme whose files these are like. */
const VERSION = '5.5.0'

/** Lines before the categories in `labels.txt`, as Labelme's own converters expect them. */
export const LABELS_WITHOUT_CATEGORY = ['__ignore__', '_background_'] as const

export interface LabelmeShape {
  readonly label: string
  /** x and y of each corner; of a mask its first and last pixel. */
  readonly points: readonly (readonly number[])[]
  readonly group_id: number | null
  readonly shape_type: 'polygon' | 'rectangle' | 'mask'
  readonly description: string
  readonly flags: object
  /** PNG of a mask in base64. */
  readonly mask?: string
}

/** A JSON file beside each image, and `labels.txt` with the categories. */
export async function writeLabelme(
  splits: readonly Split[],
  target: DataTarget,
  options: WriteOptions,
): Promise<void> {
  const { classes, indexOf } = classIndices(splits, options.losses, plainName)
  const total = splits.reduce((sum, { dataset }) => sum + dataset.images.length, 0)
  let done = 0
  for (const split of splits) {
    countAnnotationLosses(split, options.losses)
    const stems = stemsOf(split.dataset.images.map(({ fileName }) => namedImage(fileName)))
    for (const [i, image] of split.dataset.images.entries()) {
      options.signal?.throwIfAborted()
      const shapes = annotationsOf(split.dataset, image.id).flatMap((annotation, at) => {
        const own = labelmeShapes(annotation, classes[indexOf(split, annotation.categoryId)], at + 1)
        if (own.length === 0) {
          const where = annotationPlace(image.fileName, annotation.id)
          options.losses.add('annotations with an empty mask left out', where)
        }
        return own
      })
      const prefix = splitPrefix(split.name)
      const name = namedImage(image.fileName)
      const file = `${prefix}${stems[i]}.json`
      const elsewhere = await options.imagePath?.(split, image.fileName, file)
      if (options.imagePath && elsewhere === undefined) {
        options.losses.note('images not found, named as if they lay beside their file', image.fileName)
      }
      await target.writeText(file, labelmeText(elsewhere ?? lastPart(name), image, shapes))
      await options.placeImage?.(split, image.fileName, prefix + name)
      options.progress?.(++done, total, image.fileName)
    }
  }
  const lines = [...LABELS_WITHOUT_CATEGORY, ...classes]
  await target.writeText('labels.txt', lines.map((line) => `${line}\n`).join(''))
}

/** A Labelme file, a shape a line. */
export function labelmeText(
  imagePath: string,
  { height, width }: Size,
  shapes: readonly LabelmeShape[],
): string {
  const image = { imagePath, imageData: null, imageHeight: height, imageWidth: width }
  const lines = shapes.map((shape) => `\n    ${JSON.stringify(shape)}`).join(',')
  const list = shapes.length > 0 ? `[${lines}\n  ]` : '[]'
  return `{\n  "version": "${VERSION}",\n  "flags": {},\n  "shapes": ${list},\n${JSON.stringify(image, null, 2).slice(2)}\n`
}

/**
 * Shapes of one object: a polygon for every ring or piece, joined by `group` where there are several; a mask where a piece
 * has holes; a rectangle for a box alone; none for an empty mask.
 */
export function labelmeShapes(
  { box, segmentation, isCrowd }: Pick<Annotation, 'box' | 'segmentation'> & { readonly isCrowd?: boolean },
  label: string,
  group: number,
  description = '',
): LabelmeShape[] {
  const rest = { label, description, flags: isCrowd ? { iscrowd: true } : {} }
  if (!segmentation) {
    const corners = [box.slice(0, 2), box.slice(2)]
    return [{ ...rest, points: corners, group_id: null, shape_type: 'rectangle' }]
  }
  const pieces = 'counts' in segmentation ? maskToPolygons(segmentation) : undefined
  if (pieces?.some(({ holes }) => holes.length > 0)) {
    return [{ ...rest, group_id: null, ...maskShape(segmentation as Rle) }]
  }
  const rings = pieces ? pieces.map(({ outer }) => outer) : (segmentation as readonly Polygon[])
  return rings.map((ring) => ({
    ...rest,
    points: pointsOf(ring),
    group_id: rings.length > 1 ? group : null,
    shape_type: 'polygon',
  }))
}

/** The pixels of the mask's box as a PNG image. */
function maskShape(mask: Rle): Pick<LabelmeShape, 'shape_type' | 'points' | 'mask'> {
  const [x1, y1, x2, y2] = rleToBox(mask)
  const [height, width] = [y2 - y1, x2 - x1]
  const data = decodeRle(cropRle(mask, [x1, y1, x2, y2])).map((pixel) => pixel * 255)
  return {
    shape_type: 'mask',
    points: [
      [x1, y1],
      [x2 - 1, y2 - 1],
    ],
    mask: base64Of(encodeLabelPng({ data, width, height, channels: 1 })),
  }
}

/** `[[x, y], ...]` of `x y x y ...`. */
function pointsOf(ring: Polygon): [x: number, y: number][] {
  return Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]])
}
