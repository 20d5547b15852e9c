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

/** A file of a kind, and what people should know of it: sentences without a full stop. */
export async function resultFile(
  kind: ResultKind,
  results: Results,
): Promise<{ readonly name: string; readonly content: Blob; readonly notes: readonly string[] }> {
  const { image, proposals, pixelSize, photo } = results
  const { file_name: file, width, height } = image
  const stem = file.replace(/^.*\//, '').replace(/\.[^.]*$/, '')
  const categories = categoriesOf(proposals)
  const instances = proposals.map((proposal) => instanceOf(proposal, categories))
  const predicted: PredictedImage = {
    ...{ file, name: stem, prediction: { width, height, milliseconds: 0, instances, notes: [] } },
    measurements: instances.map((instance) => measure(instance, undefined, pixelSize)),
    ...(pixelSize !== undefined && { pixelSize: { micrometres: pixelSize, source: 'entered' } }),
  }
  const told = (name: string, content: BlobPart, notes: readonly string[] = []) => ({
    ...{ name, notes },
    content: new Blob([content]),
  })
  switch (kind) {
    case 'coco': {
      const files = exportPredictions('coco', [predicted], categories, { outline: 'pixels' })
      return told(`${stem}-coco.json`, files[1].content as string)
    }
    case 'labels': {
      const [{ name, content, notes }] = exportPredictions('labels', [predicted], categories)
      return told(name, content as Uint8Array<ArrayBuffer>, notes)
    }
    case 'csv':
      return told(`${stem}-measurements.csv`, exportMeasurements([predicted]).content as string)
    case 'svg':
      return told(`${stem}.svg`, svgOf(image, instances))
    case 'overlay': {
      const { data } = await decodeImage(await photo())
      const drawn = renderOverlay({ data: data as Uint8Array, width, height }, instances)
      return told(`${stem}-overlay.png`, await overlayPng(drawn))
    }
  }
}

function categoriesOf(proposals: readonly Proposal[]): Category[] {
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
    ...(segmentation && { mask: instanceMask(decompressRle(segmentation)) }),
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
