import { Losses } from '../../data/formats/losses.ts'
import { labelLines } from '../../data/formats/yolo-seg/yolo-seg-writer.ts'
import type { Exporter } from './exporter.ts'
import { outlines } from './outlines.ts'

/**
 * Labels as YOLO's segmentation models train on them: for each image a text file with a line per instance, the
 * index of its class from 0 and then x y of every corner as fractions of width and height; `classes.txt` names the
 * classes. The format knows one ring without holes per instance: the pieces of a mask are joined by bridges of no
 * width, holes are filled, and instances with an empty mask are left out.
 */
export const exportYoloSeg: Exporter = function* (predicted, { categories, outline }) {
  const classOf = new Map(categories.map(({ id }, i) => [id, i]))
  for (const { name, file, prediction } of predicted) {
    const { instances, width, height } = prediction
    const labelled = instances.map((instance) => ({
      categoryId: instance.categoryId,
      box: instance.box,
      segmentation: outlines(instance, outline).map(({ outer }) => outer),
    }))
    const image = { fileName: file, width, height }
    const lines = labelLines(
      labelled,
      image,
      new Losses(),
      ({ categoryId }) => classOf.get(categoryId) as number,
    )
    yield { name: `${name}.txt`, content: lines.map((line) => `${line}\n`).join('') }
  }
  const classes = categories.map(({ name }) => `${name.replace(/\s+/g, ' ')}\n`).join('')
  yield { name: 'classes.txt', content: classes }
}
