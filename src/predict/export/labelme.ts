import { labelmeShapes, labelmeText } from '../../data/formats/labelme/labelme-writer.ts'
import { lastPart } from '../../data/formats/split-folders.ts'
import { imageNames } from '../image-names.ts'
import type { Exporter } from './exporter.ts'
import { outlines } from './outlines.ts'

/**
 * One Labelme file for each image, to be put beside it: a polygon for every piece of a mask, or a rectangle where
 * the model makes no masks. Pieces of one instance share a `group_id`. Holes are filled, so that every shape can be
 * edited corner by corner.
 */
export const exportLabelme: Exporter = (predicted) => {
  const names = imageNames(predicted.map(({ file }) => file))
  return predicted.map(({ file, prediction: { instances, width, height } }, i) => {
    const shapes = instances.flatMap((instance, index) => {
      const { box, mask, category, score } = instance
      const segmentation = mask && outlines(instance).map(({ outer }) => outer)
      return labelmeShapes({ box, segmentation }, category, index + 1, `score ${score.toFixed(4)}`)
    })
    return { name: `${names[i]}.json`, content: labelmeText(lastPart(file), { width, height }, shapes) }
  })
}
