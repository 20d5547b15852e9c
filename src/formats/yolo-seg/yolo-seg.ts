import type { Annotation, DatasetImage } from '../../data/dataset.ts'
import { isImagePath } from '../../data/file-lookup.ts'
import { DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'
import type { DataFolder, DataFormat, ReadOptions, Split } from '../format.ts'
import { describe } from '../json-fields.ts'
import { placeOf } from '../json-file.ts'
import { type Shape, shapeAnnotation } from '../shape-annotation.ts'
import { classFile, isClassList } from './yolo-classes.ts'
import { isInLabels, LabelFiles } from './yolo-labels.ts'
import { readYoloLayout, type YoloSplit } from './yolo-seg-layout.ts'
import { writeYoloSeg } from './yolo-seg-writer.ts'

/** Fractions beyond this are no fractions; labels of many tools leave the image by a little. */
const LARGEST = 1.01

/** Labels of Ultralytics' YOLO for segmentation, and for detection. */
export const yoloSeg: DataFormat = {
  name: 'yolo-seg',
  about: 'YOLO (Ultralytics): data.yaml or classes.txt, images/ and labels/; one polygon or box a line',
  recognises: async (source, entry) => {
    if (entry !== undefined) return /\.ya?ml$/i.test(entry) || isClassList(entry)
    const classes = await classFile(source)
    if (classes === undefined) return false
    const files = await source.list()
    const labels = new LabelFiles(source, files)
    return (
      labels.paths.some(isInLabels) ||
      classes.toLowerCase() === 'classes.txt' ||
      files.some((path) => isImagePath(path) && labels.of(path) !== undefined)
    )
  },
  read,
  write: writeYoloSeg,
}

async function read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]> {
  const { classes, splits } = await readYoloLayout(source, options)
  const total = splits.reduce((sum, { entries }) => sum + entries.length, 0)
  if (total === 0) {
    throw new DataError('folder has no images', {
      where: source.name,
      expected: 'images beside their labels or in images/',
      hint: 'Pass --images with the folder of the images',
    })
  }
  const categories = classes.map((name, i) => ({ id: i + 1, name }))
  const read: Split[] = []
  let done = 0
  for (const split of splits) {
    const images: DatasetImage[] = []
    const annotations = new Map<number, Annotation[]>()
    let next = 1
    for (const { image, label } of split.entries) {
      options.signal?.throwIfAborted()
      const size = await (options.images ?? source).imageSize(image)
      const id = images.length + 1
      images.push({ id, fileName: fileNameIn(split, image), ...size })
      if (label !== undefined) {
        const where = placeOf(source, label)
        const own = parseLabels(await source.readText(label), id, size, classes.length, where, next, options)
        next += own.length
        if (own.length > 0) annotations.set(id, own)
      }
      options.progress?.(++done, total, image)
    }
    read.push({
      name: split.name,
      dataset: { images, annotations, categories },
      images: options.images ? undefined : split.images,
    })
  }
  return read
}

function fileNameIn({ images }: YoloSplit, path: string): string {
  return images === '' ? path : path.slice(images.length + 1)
}

/** Annotations of a label file, ids counted from `firstId`. Throws `DataError` naming file and line. */
function parseLabels(
  text: string,
  imageId: number,
  size: Size,
  classes: number,
  file: string,
  firstId: number,
  options: ReadOptions,
): Annotation[] {
  const annotations: Annotation[] = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const fields = line.trim().split(/\s+/)
    if (fields[0] === '') continue
    const where = `${file}: line ${i + 1}`
    const numbers = fields.map((field) => parseNumber(field, where))
    const [index, ...fractions] = numbers
    if (!Number.isInteger(index) || index < 0 || index >= classes) {
      throw new DataError('class is unknown', {
        where,
        expected: `a class index from 0 to ${classes - 1}`,
        got: fields[0],
      })
    }
    const ids = { id: firstId + annotations.length, imageId, categoryId: index + 1 }
    const annotation = shapeAnnotation(ids, parseShape(fractions, size, where), size, where, options)
    if (annotation) annotations.push(annotation)
  }
  return annotations
}

function parseNumber(field: string, where: string): number {
  const value = Number(field)
  if (Number.isFinite(value)) return value
  throw new DataError('label is malformed', { where, expected: 'numbers', got: describe(field) })
}

/** Four numbers are centre, width and height of a box; more are the corners of a polygon. */
function parseShape(fractions: readonly number[], { height, width }: Size, where: string): Shape {
  if (fractions.length < 4 || fractions.length % 2 === 1) {
    const hint = 'A score at the end of the line has to be removed first'
    throw new DataError('label is malformed', {
      where,
      expected: 'a class and a box (4 numbers) or a polygon (x and y of each corner)',
      got: `a class and ${fractions.length} numbers`,
      hint: fractions.length > 4 ? hint : undefined,
    })
  }
  const beyond = fractions.find((value) => !(value <= LARGEST && value >= 1 - LARGEST))
  if (beyond !== undefined) {
    throw new DataError('coordinate is not a fraction of the image', {
      where,
      expected: 'numbers from 0 to 1',
      got: `${beyond}`,
    })
  }
  if (fractions.length > 4) {
    return { segmentation: [fractions.map((value, i) => pixels(value, i % 2 ? height : width))] }
  }
  const [x, y, w, h] = fractions
  return {
    box: [
      pixels(x - w / 2, width),
      pixels(y - h / 2, height),
      pixels(x + w / 2, width),
      pixels(y + h / 2, height),
    ],
  }
}

/** Fractions are rounded where they were written: a hundred-thousandth of a pixel gives the number back that was meant. */
function pixels(fraction: number, length: number): number {
  return Math.round(fraction * length * 1e5) / 1e5
}
