/** What was found on an image, as the body of an answer. */

import { encodeLabelled } from '../node/draw-labels.ts'
import { openImage } from '../node/open-image.ts'
import type { ExportFormat } from '../predict/export/export-choices.ts'
import { exportPredictions } from '../predict/export.ts'
import { readingFor } from '../predict/model-reading.ts'
import type { Prediction } from '../predict/predictor.ts'
import { reducedPicture } from '../predict/reduced-picture.ts'
import { renderOverlay } from '../predict/render.ts'
import { cocoResults, predictionJson } from '../predict/to-json.ts'
import type { ModelVersion } from './model-version.ts'

export const PREDICTION_FORMATS = ['json', 'coco', 'labels', 'png', 'geojson', 'labelme'] as const
export type PredictionFormat = (typeof PREDICTION_FORMATS)[number]

export interface FormattedPrediction {
  readonly type: string
  readonly body: string | Uint8Array
  /** What people should know of it. */
  readonly notes: readonly string[]
}

export interface PredictedUpload {
  /** What the image is called in the answer. */
  readonly file: string
  readonly image: Uint8Array
  readonly prediction: Prediction
}

const JSON_TYPE = 'application/json; charset=utf-8'

/**
 * `json`: what `predict --json` prints. `coco`: its results array, the image's id being 1. `labels`: a label map. `png`: the picture
 * with the objects drawn on it. `geojson`, `labelme`: outlines.
 */
export async function formatPrediction(
  format: PredictionFormat,
  { name, metadata }: { readonly name: string; readonly metadata: ModelVersion['metadata'] },
  upload: PredictedUpload,
): Promise<FormattedPrediction> {
  const { file, prediction } = upload
  const { notes } = prediction
  if (format === 'json') {
    const document = { model: name, images: [predictionJson(file, prediction)] }
    return { type: JSON_TYPE, body: JSON.stringify(document), notes }
  }
  if (format === 'coco') {
    return { type: JSON_TYPE, body: JSON.stringify(cocoResults(1, prediction.instances)), notes }
  }
  if (format === 'png') return { type: 'image/png', body: await overlay(metadata, upload), notes }
  return exported(format, upload, metadata.categories)
}

function exported(
  format: ExportFormat,
  { file, prediction }: PredictedUpload,
  categories: ModelVersion['metadata']['categories'],
): FormattedPrediction {
  const [{ name, content, notes = [] }] = exportPredictions(format, [{ file, prediction }], categories)
  return { type: TYPES[name.split('.').at(-1) ?? ''], body: content, notes: [...prediction.notes, ...notes] }
}

/** By the endings of what is exported. */
const TYPES: Readonly<Record<string, string>> = {
  json: JSON_TYPE,
  geojson: 'application/geo+json; charset=utf-8',
  png: 'image/png',
  tif: 'image/tiff',
}

async function overlay(
  metadata: ModelVersion['metadata'],
  { file, image, prediction }: PredictedUpload,
): Promise<Uint8Array> {
  const picture = await openImage(image, { ...readingFor(metadata, {}).reading, name: file })
  try {
    const reduced = await reducedPicture(picture, prediction.instances)
    const classes = metadata.categories.map((category) => category.name)
    const drawn = renderOverlay(reduced.picture, reduced.instances, { classes })
    return await encodeLabelled(drawn, drawn.labels)
  } finally {
    await picture.close()
  }
}
