import type { Category } from '../data/dataset.ts'
import { exportCoco } from './export/coco.ts'
import { exportCsv } from './export/csv.ts'
import type { ExportFormat } from './export/export-choices.ts'
import type { ExportedFile, Exporter, NamedImage, PredictedImage } from './export/exporter.ts'
import { exportGeojson } from './export/geojson.ts'
import { exportImagej } from './export/imagej.ts'
import { exportLabelme } from './export/labelme.ts'
import { exportLabels } from './export/labels.ts'
import type { OutlineOptions } from './export/outlines.ts'
import { exportYoloSeg } from './export/yolo-seg.ts'
import { imageFileName, imageNames } from './image-names.ts'

export type { ExportedFile, PredictedImage } from './export/exporter.ts'

/** How instances are written. */
export type ExportOptions = OutlineOptions

const EXPORTERS: Readonly<Record<ExportFormat, Exporter>> = {
  coco: exportCoco,
  'yolo-seg': exportYoloSeg,
  labelme: exportLabelme,
  geojson: exportGeojson,
  csv: exportCsv,
  labels: exportLabels,
  imagej: exportImagej,
}

/** Names of the files that `exportPredictions` will write about images, whatever is found on them. */
export function exportNames(format: ExportFormat, files: readonly string[]): string[] {
  const nothing = { width: 1, height: 1, milliseconds: 0, instances: [], notes: [] }
  const predicted = files.map((file) => ({ file, prediction: nothing }))
  return exportPredictions(format, predicted, []).map(({ name }) => name)
}

/**
 * The files that hold `predicted` in a format, for the caller to write into one folder: their names are distinct,
 * also where images of different folders have one name, and over all formats. `categories[i]` is the category of label i + 1.
 */
export function exportPredictions(
  format: ExportFormat,
  predicted: readonly PredictedImage[],
  categories: readonly Category[],
  options: ExportOptions = {},
): ExportedFile[] {
  return [...exportedFiles(format, predicted, categories, options)]
}

/** Those files one after another, so that they need not be held all at once. */
export function exportedFiles(
  format: ExportFormat,
  predicted: readonly PredictedImage[],
  categories: readonly Category[],
  options: ExportOptions = {},
): Iterable<ExportedFile> {
  const files = EXPORTERS[format](named(predicted), { categories, outline: options })
  const hasKeypoints = predicted.some(({ prediction }) => prediction.instances.some((one) => one.keypoints))
  return hasKeypoints && format !== 'coco' ? withNote(files, KEYPOINTS_LOST) : files
}

const KEYPOINTS_LOST = 'keypoints are left out; --format coco has them'

/** Said once, with the first file. */
function* withNote(files: Iterable<ExportedFile>, note: string): Iterable<ExportedFile> {
  let isFirst = true
  for (const file of files) {
    yield isFirst ? { ...file, notes: [note, ...(file.notes ?? [])] } : file
    isFirst = false
  }
}

function named(predicted: readonly PredictedImage[]): NamedImage[] {
  const names = imageNames(predicted.map(({ file }) => file))
  return predicted.map((image, i) => ({
    ...image,
    name: image.name ?? names[i],
    imageId: image.imageId ?? i + 1,
    imagePath: image.imagePath ?? imageFileName(image.file),
  }))
}
