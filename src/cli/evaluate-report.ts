import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { DataError } from '../errors.ts'
import type { IouType } from '../evaluation/evaluation-params.ts'
import { evaluationReport } from '../evaluation/report.ts'
import { encodeJpegWithin } from '../node/decode-image.ts'
import { checkWritable, writeFileAtomic } from '../node/files.ts'
import { readImageIn } from '../node/image-folder.ts'
import { loadPlotAssets } from '../node/plot-assets.ts'
import { evaluationPage } from '../report/evaluation-page.ts'
import { galleryCases } from '../report/gallery-case.ts'
import type { Evaluated } from './evaluate-sources.ts'
import { say } from './print.ts'

/** What a report is about where several kinds were evaluated: the first of these. */
const MOST_TELLING: readonly IouType[] = ['segm', 'keypoints', 'boundary', 'bbox']
/** Cases shown of each kind: 60 in all. */
const WORST_OF_EACH = 20

export interface ReportFile {
  readonly path: string
  /** Name of the model, or path of the results. */
  readonly subject: string
  readonly annotations: string
  /** Folder of the images; without it the page has no pictures. */
  readonly images?: string
}

/** Finds out before the work that there is a place for the report, and images where they are said to be. */
export async function checkReport({ path, images }: ReportFile): Promise<void> {
  await checkWritable(path)
  if (images === undefined) return
  const folder = await stat(images).catch(() => undefined)
  if (!folder?.isDirectory()) throw new DataError('there is no folder of images', { where: images })
}

/** The kind that a report is about, of those that were evaluated. */
export function mostTelling({ evaluations }: Evaluated): IouType | undefined {
  return MOST_TELLING.find((kind) => evaluations[kind])
}

export async function writeReport(
  { path, subject, annotations, images }: ReportFile,
  evaluated: Evaluated,
  signal: AbortSignal,
): Promise<void> {
  const { evaluations, compared, reading } = evaluated
  const iouType = mostTelling(evaluated)
  if (!iouType) return
  const { groundTruth, results } = await compared(iouType)
  const evaluation = evaluations[iouType]
  const report = evaluationReport({ groundTruth, results, iouType, evaluation, worstOfEach: WORST_OF_EACH })
  const readImage = images === undefined ? undefined : readImageIn(images, reading)
  let unreadable = 0
  const cases = await galleryCases({
    groundTruth,
    results,
    report,
    signal,
    readImage: readImage && (({ fileName }) => readImage(fileName)),
    encodeJpeg: encodeJpegWithin,
    onUnreadable: (_, reason) => {
      if (unreadable++ === 0) say(`without a picture in the report: ${reason}`)
    },
  })
  const kinds = Object.entries(evaluations).map(([kind, { stats }]) => [kind, stats])
  const page = evaluationPage({
    report,
    cases,
    subject: basename(subject),
    annotations: basename(annotations),
    stats: Object.fromEntries(kinds),
    galleryNote: galleryNote(images, unreadable),
    assets: await loadPlotAssets(),
  })
  await writeFileAtomic(path, page)
  say(`The report is ${path}`)
}

function galleryNote(images: string | undefined, unreadable: number): string {
  const what = `The surest false detections, the largest missed objects and the matches with the least overlap, at most ${WORST_OF_EACH} of each.`
  if (images === undefined)
    return `${what} There are no pictures: give the folder of the images with --images.`
  if (unreadable === 0) return what
  return `${what} ${unreadable === 1 ? 'One image' : `${unreadable} images`} could not be read; outlines stand on grey there.`
}
