/** What `predict` tells of its results: a document, or lines. */
import { basename, dirname } from 'node:path'
import type { PixelSize } from '../data/pixel-size.ts'
import { counted } from '../names/counted.ts'
import type { PredictedImage } from '../predict/export.ts'
import { type FolderSummary, summarize } from '../predict/summary.ts'
import { predictionJson } from '../predict/to-json.ts'
import { type FailedImage, isPredicted, type PredictedFiles } from './predict-files.ts'
import { printJson, printLine } from './print.ts'

/** Prints one document: an entry for every image, `{ file, error }` where it failed, and what was passed over. */
export function printPredictionJson(
  model: string,
  results: PredictedFiles,
  passedOver: ReadonlyMap<string, number> = new Map(),
): void {
  const images = results.map((result) =>
    isPredicted(result) ? predictionJson(result.file, result.prediction, result) : failureJson(result),
  )
  const summary = summariesOf(results).map(({ categories, ...rest }) => ({
    ...rest,
    categories: categories.map(({ categoryId, areaMean, ...numbers }) => ({
      category_id: categoryId,
      ...numbers,
      ...(areaMean !== undefined && { area_mean: areaMean }),
    })),
  }))
  printJson({
    model,
    images,
    summary,
    ...(passedOver.size > 0 && { passed_over: Object.fromEntries(passedOver) }),
  })
}

/** Prints a line for every image, and one for every folder with several. */
export function printPredictionLines(results: PredictedFiles): void {
  for (const line of results.filter(isPredicted).map(imageLine)) printLine(line)
  for (const summary of summariesOf(results)) {
    if ((summary.pages ?? summary.images) > 1) for (const line of summaryLines(summary)) printLine(line)
  }
}

/** What was known of the size of pixels, a line for each size and who says so; none where nothing was measured or known. */
export function pixelSizeLines(results: PredictedFiles): string[] {
  const measured = results.filter(isPredicted).filter(({ measurements }) => measurements)
  if (!measured.some(({ pixelSize }) => pixelSize)) return []
  const counts = new Map<string, number>()
  for (const { pixelSize } of measured) {
    const line = pixelSizeLine(pixelSize)
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  const of = (count: number) => (count === results.length ? '' : ` (${count} of ${results.length} images)`)
  return [...counts].map(([line, count]) => `${line}${of(count)}`)
}

function pixelSizeLine({ micrometres, source }: PixelSize = { source: 'the file says none' }): string {
  if (micrometres === undefined) return `no micrometres: ${source}`
  return `a pixel is ${Number(micrometres.toPrecision(6))} um by ${source}`
}

function failureJson({ file, error }: FailedImage) {
  return { file, error: error.message }
}

function summariesOf(results: PredictedFiles): FolderSummary[] {
  const folderOf = (file: string) => dirname(file)
  const failed = results.flatMap((result) => (isPredicted(result) ? [] : [folderOf(result.file)]))
  return summarize(
    results.filter(isPredicted).map((image) => ({
      ...image,
      folder: folderOf(image.file),
      source: image.imagePath ?? image.file,
    })),
    failed,
  )
}

/** `cells.png: 24 nucleus, mean area 310 px, 82 ms`. */
function imageLine({ file, prediction: { instances, milliseconds } }: PredictedImage): string {
  const counts = new Map<string, number>()
  for (const { category } of instances) counts.set(category, (counts.get(category) ?? 0) + 1)
  const found = [...counts].sort((a, b) => b[1] - a[1]).map(([category, count]) => `${count} ${category}`)
  const areas = instances.flatMap(({ mask }) => (mask ? [mask.area] : []))
  const mean = areas.length
    ? `, mean area ${Math.round(areas.reduce((a, b) => a + b, 0) / areas.length)} px`
    : ''
  return `${basename(file)}: ${found.join(', ') || 'nothing found'}${mean}, ${Math.round(milliseconds)} ms`
}

/** `cells: 12 images, 277 nucleus, 23.1 ± 4.2 an image, mean area 310 px`. */
function summaryLines({ folder, images, pages, failed, categories }: FolderSummary): string[] {
  const ofImages = counted(images, 'image')
  const whole = `${folder}: ${pages === undefined ? ofImages : `${pages} pages of ${ofImages}`}${failed ? ` (${failed} more failed)` : ''}`
  if (categories.length === 0) return [`${whole}, nothing found`]
  return categories.map(({ category, objects, mean, sd, areaMean }) => {
    const area = areaMean === undefined ? '' : `, mean area ${Math.round(areaMean)} px`
    return `${whole}, ${objects} ${category}, ${mean.toFixed(1)} ± ${(sd ?? 0).toFixed(1)} ${pages === undefined ? 'an image' : 'a page'}${area}`
  })
}
