import { Scalar, stringify } from 'yaml'
import { annotationPlace, countAnnotationLosses } from '../../data/annotation-losses.ts'
import { type Annotation, annotationsOf, type DatasetImage } from '../../data/dataset.ts'
import { foldedName, isImagePath } from '../../data/file-lookup.ts'
import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import { type Box, boxArea, clipBox, type Size } from '../../geometry/boxes.ts'
import { clipPolygon } from '../../geometry/clip-polygon.ts'
import { boxToPolygon, type Polygon } from '../../geometry/polygon.ts'
import { classIndices } from '../class-indices.ts'
import type { DataTarget, Split, WriteOptions } from '../format.ts'
import { isInside, singleRing } from '../single-ring.ts'
import { namedImage, splitPrefix } from '../split-folders.ts'
import { isClassList } from './yolo-classes.ts'
import { labelPathOf } from './yolo-labels.ts'

/** `labels/` with a text file an image, `images/` where they go along, and `data.yaml`. */
export async function writeYoloSeg(
  splits: readonly Split[],
  target: DataTarget,
  options: WriteOptions,
): Promise<void> {
  const { classes, indexOf } = classIndices(splits, options.losses)
  const total = splits.reduce((sum, { dataset }) => sum + dataset.images.length, 0)
  let done = 0
  for (const split of splits) {
    countAnnotationLosses(split, options.losses)
    const written = new Map<string, string>()
    for (const image of split.dataset.images) {
      options.signal?.throwIfAborted()
      const place = `images/${splitPrefix(split.name)}${namedImage(image.fileName)}`
      const label = labelPathOf(place)
      refuseSharedLabel(written, label, image.fileName)
      const lines = labelLines(
        annotationsOf(split.dataset, image.id),
        image,
        options.losses,
        ({ categoryId }) => indexOf(split, categoryId),
      )
      await target.writeText(label, lines.map((line) => `${line}\n`).join(''))
      await options.placeImage?.(split, image.fileName, place)
      options.progress?.(++done, total, image.fileName)
    }
  }
  await target.writeText('data.yaml', dataYaml(splits, classes))
}

/** Labels are found by the image's name without its ending. */
function refuseSharedLabel(written: Map<string, string>, label: string, fileName: string): void {
  if (isClassList(label) && !isImagePath(fileName)) {
    throw new DataError('labels of this image would be taken for a list of classes', {
      where: fileName,
      got: label,
      hint: 'Rename the image, or give it the ending of its format',
    })
  }
  const other = written.get(foldedName(label))
  if (other !== undefined) {
    throw new DataError('two images would share one file of labels', {
      where: label,
      got: `${other} and ${fileName}`,
      hint: 'Rename one of the images',
    })
  }
  written.set(foldedName(label), fileName)
}

function quoted(text: string): Scalar {
  const scalar = new Scalar(text)
  scalar.type = Scalar.QUOTE_DOUBLE
  return scalar
}

/** In YAML 1.1, which PyYAML reads, `no`, `12:30` and `=` are no texts unless they are quoted. */
const KEYS = ['train', 'val', 'test']
const QUOTED = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 } as const

/** Without `path`: paths are then relative to the file. Training wants a `val` even where there is none. */
function dataYaml(splits: readonly Split[], classes: readonly string[]): string {
  const places = new Map<string, string[]>()
  for (const { name } of splits) {
    const key = KEYS.find((prefix) => name.toLowerCase().startsWith(prefix)) ?? name
    const folder = `images/${splitPrefix(name)}`.replace(/\/$/, '')
    places.set(key || 'train', [...(places.get(key || 'train') ?? []), folder])
  }
  const [first] = places.values()
  const train = places.get('train') ?? first
  const rest = [...places].filter(([key]) => key !== 'train' && key !== 'val')
  const one = ([key, folders]: readonly [string, string[]]) =>
    [KEYS.includes(key) ? key : quoted(key), folders.length === 1 ? folders[0] : folders] as const
  const content = new Map<unknown, unknown>(
    [['train', train] as const, ['val', places.get('val') ?? train] as const, ...rest].map(one),
  )
  content.set('nc', classes.length).set('names', new Map(classes.entries()))
  // Line breaks of Unicode would become spaces.
  return stringify(content, QUOTED).replace(/[\u0085\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** What a line of labels is made of. */
export type YoloLabel = Pick<Annotation, 'box' | 'segmentation'> & Partial<Pick<Annotation, 'id' | 'isCrowd'>>

/**
 * Lines of a label file: the index of the class, then x y of every corner as fractions of width and height. Masks become
 * one ring (`singleRing`), cut at the border of the image. Boxes without masks are written as boxes; where the
 * file has masks too, as their corners, because Ultralytics takes all lines of a file for the same kind.
 * Crowds and empty masks are left out and counted.
 */
export function labelLines<T extends YoloLabel>(
  annotations: readonly T[],
  image: Pick<DatasetImage, 'fileName' | 'height' | 'width'>,
  losses: Losses,
  indexOf: (annotation: T) => number,
): string[] {
  const kept = annotations.filter(({ isCrowd, id = 0 }) => {
    if (isCrowd) losses.add('crowd annotations left out', annotationPlace(image.fileName, id))
    return !isCrowd
  })
  const hasMasks = kept.some(({ segmentation }) => segmentation)
  return kept.flatMap((annotation, i) => {
    const { box, segmentation, id = i + 1 } = annotation
    const where = annotationPlace(image.fileName, id)
    const clipped = clipBox(box, image)
    if (!segmentation && !hasMasks && boxArea(clipped) > 0) {
      if (clipped.some((at, side) => at !== box[side]))
        losses.change('boxes cut at the border of the image', where)
      return [[indexOf(annotation), ...boxFractions(clipped, image)].join(' ')]
    }
    if (!segmentation && hasMasks)
      losses.change('boxes written as polygons of four corners, beside masks', where)
    const ring = segmentation ? singleRing(segmentation, image) : boxToPolygon(box)
    const inside = isInside(ring, image) ? ring : clipPolygon(ring, image)
    if (inside.length < 6) {
      losses.add('annotations left out that are empty or outside of their image', where)
      return []
    }
    if (inside !== ring) losses.change('outlines cut at the border of the image', where)
    return [[indexOf(annotation), ...ringFractions(inside, image)].join(' ')]
  })
}

function ringFractions(ring: Polygon, { height, width }: Size): number[] {
  const [ofWidth, ofHeight] = [fractionOf(width), fractionOf(height)]
  return ring.map((at, i) => (i % 2 ? ofHeight(at) : ofWidth(at)))
}

function boxFractions([x1, y1, x2, y2]: Box, { height, width }: Size): number[] {
  const [ofWidth, ofHeight] = [fractionOf(width), fractionOf(height)]
  return [ofWidth((x1 + x2) / 2), ofHeight((y1 + y2) / 2), ofWidth(x2 - x1), ofHeight(y2 - y1)]
}

/** With as many digits as give the number of pixels back to a hundred-thousandth, also as the sum of two. */
function fractionOf(length: number): (at: number) => number {
  const scale = 10 ** (6 + Math.ceil(Math.log10(length)))
  return (at) => Math.round((at / length) * scale) / scale
}
