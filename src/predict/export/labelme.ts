import { labelmeShapes, labelmeText } from '../../formats/labelme/labelme-writer.ts'
import type { Exporter } from './exporter.ts'
import { outlines } from './outlines.ts'

/**
 * One Labelme file for each image, which says where the image is: a polygon for every piece of a mask, or a rectangle where
 * the model makes no masks. Pieces of one instance share a `group_id`. Holes are filled, so that every shape can be
 * edited corner by corner.
 */
export const exportLabelme: Exporter = function* (predicted, { outline }) {
  for (const { name, imagePath, prediction } of predicted) {
    const { instances, width, height } = prediction
    const shapes = instances.flatMap((instance, index) => {
      const { box, mask, category, score } = instance
      const segmentation = mask && outlines(instance, outline).map(({ outer }) => outer)
      return labelmeShapes({ box, segmentation }, category, index + 1, `score ${score.toFixed(4)}`)
    })
    yield { name: `${name}.json`, content: labelmeText(imagePath, { width, height }, shapes) }
  }
}
