import { fileName, imageNames } from '../image-names.ts'
import type { Instance } from '../instance.ts'
import type { Exporter } from './exporter.ts'
import { outlines, points } from './outlines.ts'

/** The version of Labelme whose files these are like. */
const VERSION = '5.5.0'

interface Shape {
  readonly label: string
  readonly points: readonly (readonly number[])[]
  readonly group_id: number | null
  readonly shape_type: 'polygon' | 'rectangle'
  readonly description: string
  readonly flags: object
}

/**
 * One Labelme file for each image, to be put beside it: a polygon for every piece of a mask, or a rectangle where
 * the model makes no masks. Pieces of one instance share a `group_id`. The format has no holes: they are filled.
 */
export const exportLabelme: Exporter = (predicted) => {
  const names = imageNames(predicted.map(({ file }) => file))
  return predicted.map(({ file, prediction: { instances, width, height } }, i) => {
    const document = {
      version: VERSION,
      flags: {},
      shapes: instances.flatMap(shapes),
      imagePath: fileName(file),
      imageData: null,
      imageHeight: height,
      imageWidth: width,
    }
    return { name: `${names[i]}.json`, content: `${JSON.stringify(document, null, 2)}\n` }
  })
}

function shapes(instance: Instance, index: number): Shape[] {
  const { category: label, score, box, mask } = instance
  const rest = { label, description: `score ${score.toFixed(4)}`, flags: {} }
  if (!mask) {
    const corners = [box.slice(0, 2), box.slice(2)]
    return [{ ...rest, points: corners, group_id: null, shape_type: 'rectangle' }]
  }
  const pieces = outlines(instance)
  const group = pieces.length > 1 ? index + 1 : null
  return pieces.map(({ outer }) => ({
    ...rest,
    points: points(outer),
    group_id: group,
    shape_type: 'polygon',
  }))
}
