import { boxToXywh } from '../../geometry/boxes.ts'
import type { Rle } from '../../geometry/rle.ts'
import type { Instance } from '../instance.ts'
import { instanceArea } from '../to-json.ts'
import type { Exporter } from './exporter.ts'

const COLUMNS = [
  'file',
  'index',
  'category',
  'score',
  'x',
  'y',
  'width',
  'height',
  'area',
  'centroid_x',
  'centroid_y',
]

/**
 * `predictions.csv` (RFC 4180, lines ending in a line feed): a row for every instance, counted from 1 in each image.
 * Box, area and centroid are in pixels, to a hundredth; pixel i covers [i, i + 1), so a mask of the first pixel alone
 * has its centroid at 0.5. The centroid is that of the mask, empty where the mask is, or the centre of the box where
 * the model makes no masks.
 */
export const exportCsv: Exporter = (predicted) => {
  const rows = predicted.flatMap(({ file, prediction }) =>
    prediction.instances.map((instance, i) => [
      file,
      i + 1,
      instance.category,
      Number(instance.score.toFixed(4)),
      ...[...boxToXywh(instance.box), instanceArea(instance), ...centroid(instance)].map(hundredths),
    ]),
  )
  return [{ name: 'predictions.csv', content: csvText([COLUMNS, ...rows]), isAboutAll: true }]
}

function hundredths(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(2))
}

/** Rows as RFC 4180 wants them, lines ending in a line feed. */
export function csvText(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\n`).join('')
}

/** A field as RFC 4180 wants it: in quotes, and quotes doubled, where it holds a separator, a quote or a line break. */
function field(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function centroid({ mask, box: [x1, y1, x2, y2] }: Instance): [x?: number, y?: number] {
  if (!mask) return [(x1 + x2) / 2, (y1 + y2) / 2]
  return mask.area > 0 ? maskCentroid(mask.toRuns(), mask.area) : [undefined, undefined]
}

/** Mean of the centres of the pixels inside. */
function maskCentroid({ size: [height], counts }: Rle, area: number): [x: number, y: number] {
  let [sumX, sumY, position] = [0, 0, 0]
  for (let i = 0; i < counts.length; i++) {
    const end = position + counts[i]
    while (i % 2 === 1 && position < end) {
      const x = Math.floor(position / height)
      const top = position - x * height
      const rows = Math.min(end - position, height - top)
      sumX += rows * (x + 0.5)
      sumY += rows * (top + rows / 2)
      position += rows
    }
    position = end
  }
  return [sumX / area, sumY / area]
}
