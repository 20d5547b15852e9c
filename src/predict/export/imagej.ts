import { zipSync } from 'fflate'
import type { Exporter } from './exporter.ts'
import { encodeRoi } from './imagej-roi.ts'
import { outlines } from './outlines.ts'

/** The oldest time that a zip file can hold: the same results give the same bytes. */
const TIME = new Date(1980, 0, 1)
/** Coordinates beyond are read as negative ones. */
const FARTHEST = 32_767
const MOST_GROUPS = 255

/**
 * `NAME.zip` for each image, for the ROI Manager of ImageJ and Fiji: a region for every instance with a mask that is not
 * empty, called by its number, category and score; several pieces or holes make one composite region. The group is the place
 * of the category in the model, from 1.
 */
export const exportImagej: Exporter = function* (predicted, { categories, outline }) {
  const groupOf = new Map(categories.map(({ id }, i) => [id, Math.min(i + 1, MOST_GROUPS)]))
  for (const { name, prediction } of predicted) {
    const { instances, width, height } = prediction
    const digits = Math.max(4, String(instances.length).length)
    const rois = instances.flatMap((instance, i): [string, Uint8Array][] => {
      const { category, categoryId, score } = instance
      const pieces = outlines(instance, outline)
      if (pieces.length === 0) return []
      const number = String(i + 1).padStart(digits, '0')
      const roi = `${number} ${plain(category)} ${score.toFixed(2)}`
      const properties = `category: ${category.replace(/\s+/g, ' ')}\nscore: ${score.toFixed(4)}\n`
      return [
        [`${roi}.roi`, encodeRoi({ name: roi, pieces, group: groupOf.get(categoryId) ?? 0, properties })],
      ]
    })
    const notes = [
      ...(rois.length < instances.length
        ? [`${instances.length - rois.length} empty masks are left out`]
        : []),
      ...(Math.max(width, height) > FARTHEST ? [`ImageJ reads no regions beyond ${FARTHEST} pixels`] : []),
    ]
    yield { name: `${name}.zip`, content: zipSync(Object.fromEntries(rois), { mtime: TIME }), notes }
  }
}

/** A category as part of a file's name. */
function plain(category: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return category.replace(/[\u0000-\u001f\u007f/\\:*?"<>|]/g, '_').slice(0, 60)
}
