import { instanceArea } from '../to-json.ts'
import { csvText } from './csv.ts'
import type { ExportedFile, PredictedImage } from './exporter.ts'

const SHAPE = [
  'perimeter',
  'major_axis',
  'minor_axis',
  'orientation',
  'eccentricity',
  'circularity',
  'solidity',
] as const
const INTENSITY = ['mean', 'min', 'max', 'sd'] as const
const MICROMETRES = ['area_um2', 'perimeter_um', 'major_axis_um', 'minor_axis_um'] as const
const DIGITS = 7

/**
 * `measurements.csv`: a row for every instance, numbered as in the other formats; what cannot be said of it is empty. Columns
 * in micrometres, with the size of a pixel and who says so, come where that is known of any image.
 */
export function exportMeasurements(predicted: readonly PredictedImage[]): ExportedFile {
  const rows = predicted.flatMap(({ file, prediction, measurements = [], pixelSize }) =>
    prediction.instances.map((instance, i) => ({
      file,
      instance,
      index: i + 1,
      measured: measurements[i],
      pixelSize: pixelSize?.micrometres === undefined ? undefined : pixelSize,
    })),
  )
  const hasSize = rows.some(({ pixelSize }) => pixelSize !== undefined)
  const columns = [...SHAPE, ...INTENSITY, ...(hasSize ? MICROMETRES : [])]
  const head = ['file', 'index', 'category', 'score', 'area', 'centroid_x', 'centroid_y', ...columns]
  if (hasSize) head.push('pixel_size_um', 'pixel_size_from')
  const lines = rows.map(({ file, instance, index, measured, pixelSize }) => [
    ...[file, index, instance.category, Number(instance.score.toFixed(4)), rounded(instanceArea(instance))],
    ...[rounded(measured?.centroid[0]), rounded(measured?.centroid[1])],
    ...columns.map((column) => rounded(measured?.[column])),
    ...(hasSize ? [rounded(pixelSize?.micrometres), pixelSize?.source] : []),
  ])
  return { name: 'measurements.csv', content: csvText([head, ...lines]), isAboutAll: true }
}

function rounded(value: number | null | undefined): number | undefined {
  return value === undefined || value === null ? undefined : Number(value.toPrecision(DIGITS))
}
