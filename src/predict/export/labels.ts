import { encodeLabelPng } from '../../formats/mask-images/label-png.ts'
import { encodeLabelTiff } from '../../formats/mask-images/label-tiff-writer.ts'
import { boxToRle } from '../../geometry/polygon.ts'
import { LABELS_SUFFIX } from '../image-names.ts'
import type { Instance } from '../instance.ts'
import type { Exporter } from './exporter.ts'

/** The most objects that 16 bits count, 0 being background. */
const MOST_OF_16_BITS = 65_535

/**
 * A label map for each image: every pixel holds the number of its object, from 1 in the order of the other formats, and 0
 * where there is none. A PNG of 16 bits; a TIFF of 32 bits where there are more objects than those count. Pixels of
 * several objects go to the one with the highest score, which is told.
 */
export const exportLabels: Exporter = function* (predicted) {
  for (const { name, prediction } of predicted) {
    const { width, height, instances } = prediction
    const isWide = instances.length > MOST_OF_16_BITS
    const data = isWide ? new Uint32Array(width * height) : new Uint16Array(width * height)
    const notes = paintLabels(data, instances, { height, width })
    const content =
      data instanceof Uint32Array
        ? encodeLabelTiff(data, { height, width })
        : encodeLabelPng({ data, width, height, channels: 1 })
    yield { name: `${name}${LABELS_SUFFIX}.${isWide ? 'tif' : 'png'}`, content, notes }
  }
}

function paintLabels(
  data: Uint16Array | Uint32Array,
  instances: readonly Instance[],
  size: { readonly height: number; readonly width: number },
): string[] {
  const { height, width } = size
  let contested = 0
  let hidden = 0
  const order = instances.map((_, i) => i).sort((a, b) => instances[b].score - instances[a].score || a - b)
  for (const index of order) {
    const { mask, box } = instances[index]
    const { counts } = mask ? mask.toRuns() : boxToRle(box, size)
    let own = 0
    let position = 0
    for (let i = 0; i < counts.length; i++) {
      const end = position + counts[i]
      for (; i % 2 === 1 && position < end; position++) {
        const x = Math.floor(position / height)
        const at = (position - x * height) * width + x
        if (data[at] === 0) {
          data[at] = index + 1
          own++
        } else contested++
      }
      position = end
    }
    if (own === 0) hidden++
  }
  return [
    ...(contested > 0
      ? [
          `${contested} ${contested === 1 ? 'pixel of several objects is' : 'pixels of several objects are'} given to the one with the higher score`,
        ]
      : []),
    ...(hidden > 0 ? [`${hidden} ${hidden === 1 ? 'object has' : 'objects have'} no pixel left`] : []),
  ]
}
