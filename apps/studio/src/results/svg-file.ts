import { boxToXywh } from '../../../../src/geometry/boxes.ts'
import { classColor } from '../../../../src/predict/colors.ts'
import type { Instance } from '../../../../src/predict/instance.ts'
import { boxPath, maskPath } from '../../../../src/report/outlines.ts'

/** Outlines in pixels of the photo, along the edges of its pixels: a path for each object, which says its category and score. */
export function svgOf(
  { width, height }: { readonly width: number; readonly height: number },
  instances: readonly Instance[],
): string {
  const paths = instances.map(({ category, categoryId, score, box, mask }) => {
    const path = mask ? maskPath(mask.toRuns()) : boxPath(boxToXywh(box))
    const color = `rgb(${classColor(categoryId - 1).join()})`
    const title = `<title>${escaped(category)} ${score.toFixed(2)}</title>`
    return `<path d="${path}" stroke="${color}" fill="${color}">${title}</path>\n`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">\n`,
    '<g fill-rule="evenodd" fill-opacity="0.3" stroke-width="1">\n',
    ...paths,
    '</g>\n</svg>\n',
  ].join('')
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
}
