import { Losses } from '../../data/losses.ts'
import { withoutEnding } from '../../formats/split-folders.ts'
import { labelLines } from '../../formats/yolo-seg/yolo-seg-writer.ts'
import { imageFileName } from '../image-names.ts'
import type { Exporter, NamedImage } from './exporter.ts'
import { outlines } from './outlines.ts'

/**
 * Labels as YOLO's segmentation models train on them: for each image a text file with a line per instance, the
 * index of its class from 0 and then x y of every corner as fractions of width and height; `classes.txt` names the
 * classes. The format knows one ring without holes per instance: the pieces of a mask are joined by bridges of no
 * width, holes are filled, and instances with an empty mask are left out. Readers pair labels and images by their names: where
 * one of labels differs, its first file says so for all.
 */
export const exportYoloSeg: Exporter = function* (predicted, { categories, outline }) {
  const renamed = predicted.filter(({ name, file }) => name !== withoutEnding(imageFileName(file)))
  const classOf = new Map(categories.map(({ id }, i) => [id, i]))
  for (const image of predicted) {
    const { name, file, prediction } = image
    const { instances, width, height } = prediction
    const labelled = instances.map((instance) => ({
      categoryId: instance.categoryId,
      box: instance.box,
      segmentation: outlines(instance, outline).map(({ outer }) => outer),
    }))
    const lines = labelLines(
      labelled,
      { fileName: file, width, height },
      new Losses(),
      ({ categoryId }) => classOf.get(categoryId) as number,
    )
    yield {
      name: `${name}.txt`,
      content: lines.map((line) => `${line}\n`).join(''),
      ...(image === renamed[0] && { notes: [renamedNote(image, renamed.length - 1)] }),
    }
  }
  const classes = categories.map(({ name }) => `${name.replace(/\s+/g, ' ')}\n`).join('')
  yield { name: 'classes.txt', content: classes }
}

function renamedNote({ file, name }: NamedImage, others: number): string {
  const more = others === 0 ? '' : `, as for ${others} more`
  return `holds the labels of ${file}; YOLO pairs files by name and finds them when the image is called ${name} too${more}`
}
