/** What a model found on a photo, as files. Loaded when one is first wanted. */
import type { Category } from '../../../../src/data/dataset.ts'
import { xywhToBox } from '../../../../src/geometry/boxes.ts'
import { decompressRle } from '../../../../src/geometry/rle.ts'
import { exportMeasurements } from '../../../../src/predict/export/measurements.ts'
import { exportPredictions, type PredictedImage } from '../../../../src/predict/export.ts'
import { type Instance, instanceMask } from '../../../../src/predict/instance.ts'
import { measure } from '../../../../src/predict/measurements.ts'
import { type Overlay, renderOverlay } from '../../../../src/predict/render.ts'
import { decodeImage } from '../../../../src/web/decode-image.ts'
import type { Proposal, StudioImage } from '../project/coco-document.ts'
import { canvasOf } from '../site/photo-files.ts'
import { svgOf } from './svg-file.ts'

export type ResultKind = 'coco' | 'labels' | 'overlay' | 'csv' | 'svg'

export interface Results {
  readonly image: StudioImage
  readonly proposals: readonly Proposal[]
  /** Micrometres, where they are known. */
  readonly pixelSize: number | undefined
  readonly photo: () => Promise<Blob>
}

export interface ResultFile {
  readonly name: string
  readonly content: Blob
  /** What people should know of it: sentences without a full stop. */
  readonly notes: readonly string[]
}

/** A file of a kind about one photo. */
export async function resultFile(
  kind: ResultKind,
  { image, proposals, pixelSize, photo }: Results,
): Promise<ResultFile> {
  const stem = image.file_name.replace(/^.*\//, '').replace(/\.[^.]*$/, '')
  const categories = categoriesOf(proposals)
  const predicted = predictedImage(image, proposals, categories, stem)
  if (kind === 'coco') return toldFile(`${stem}-coco.json`, cocoOf([predicted], categories))
  if (kind === 'csv') {
    const { content } = exportMeasurements([measured(predicted, pixelSize)])
    return toldFile(`${stem}-measurements.csv`, content as string)
  }
  return photoFile(kind, predicted, categories, photo)
}

/** Those that there are one of for each photo. */
export type PhotoKind = Exclude<ResultKind, 'coco' | 'csv'>

/** One of them, named after the photo. */
export async function photoFile(
  kind: PhotoKind,
  predicted: PredictedImage,
  categories: readonly Category[],
  photo: () => Promise<Blob>,
): Promise<ResultFile> {
  const { name, prediction } = predicted
  const { width, height, instances } = prediction
  switch (kind) {
    case 'labels': {
      const [file] = exportPredictions('labels', [predicted], categories)
      return toldFile(file.name, file.content as Uint8Array<ArrayBuffer>, file.notes)
    }
    case 'svg':
      return toldFile(`${name}.svg`, svgOf(prediction, instances))
    case 'overlay': {
      const { data } = await decodeImage(await photo())
      const drawn = renderOverlay({ data: data as Uint8Array, width, height }, instances)
      return toldFile(`${name}-overlay.png`, await overlayPng(drawn))
    }
  }
}

/** A complete COCO file with outlines along pixels. */
export function cocoOf(predicted: readonly PredictedImage[], categories: readonly Category[]): string {
  return exportPredictions('coco', predicted, categories, { outline: 'pixels' })[1].content as string
}

/** With the measurements of each instance. */
export function measured(predicted: PredictedImage, pixelSize: number | undefined): PredictedImage {
  return {
    ...predicted,
    measurements: predicted.prediction.instances.map((one) => measure(one, undefined, pixelSize)),
    ...(pixelSize !== undefined && { pixelSize: { micrometres: pixelSize, source: 'entered' } }),
  }
}

export function predictedImage(
  { file_name: file, width, height }: StudioImage,
  proposals: readonly Proposal[],
  categories: readonly Category[],
  name: string,
): PredictedImage {
  const instances = proposals.map((proposal) => instanceOf(proposal, categories))
  return { ...{ file, name }, prediction: { width, height, milliseconds: 0, instances, notes: [] } }
}

export function toldFile(name: string, content: BlobPart, notes: readonly string[] = []): ResultFile {
  return { name, notes, content: new Blob([content]) }
}

/** By name, numbered from 1. */
export function categoriesOf(proposals: readonly Proposal[]): Category[] {
  const names = [...new Set(proposals.map(({ category }) => category))].sort()
  return names.map((name, i) => ({ id: i + 1, name }))
}

function instanceOf(
  { category, score, bbox, segmentation }: Proposal,
  categories: readonly Category[],
): Instance {
  const [x, y, width, height] = bbox
  return {
    ...{ category, score, box: xywhToBox([x, y, width, height]) },
    categoryId: categories.findIndex(({ name }) => name === category) + 1,
    // Runs of very many objects are not held at once.
    get mask() {
      return segmentation && instanceMask(decompressRle(segmentation))
    },
  }
}

const FONT_SIZE = 12
const PADDING = 2

/** With its labels on plates of their colours, moved to stay on the picture. */
function overlayPng(drawn: Overlay): Promise<Blob> {
  const canvas = canvasOf(drawn)
  const pen = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
  pen.font = `${FONT_SIZE}px sans-serif`
  pen.textBaseline = 'top'
  for (const { text, x, y, color } of drawn.labels) {
    const [wide, high] = [pen.measureText(text).width + 2 * PADDING, FONT_SIZE + 2 * PADDING]
    const left = Math.max(0, Math.min(x, drawn.width - wide))
    const top = Math.max(0, Math.min(y - high, drawn.height - high))
    pen.fillStyle = `rgb(${color.join(' ')})`
    pen.fillRect(left, top, wide, high)
    pen.fillStyle = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] < 140 ? 'white' : 'black'
    pen.fillText(text, left + PADDING, top + PADDING)
  }
  return canvas.convertToBlob()
}
