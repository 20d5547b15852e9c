/** What a model found on many photos, as files. */
import type { Category } from '../../../../src/data/dataset.ts'
import { exportMeasurements } from '../../../../src/predict/export/measurements.ts'
import type { PredictedImage } from '../../../../src/predict/export.ts'
import { imageNames } from '../../../../src/predict/image-names.ts'
import { TEXTS } from '../texts.ts'
import {
  categoriesOf,
  cocoOf,
  measured,
  type PhotoKind,
  photoFile,
  predictedImage,
  type ResultFile,
  type ResultKind,
  toldFile,
} from './result-files.ts'
import type { FoundPhoto } from './totals.ts'
import { openZip } from './zip-blob.ts'

export interface AllResults {
  /** What files are named after. */
  readonly name: string
  readonly found: readonly FoundPhoto[]
  /** Micrometres, where they are known. */
  readonly pixelSize: number | undefined
  readonly photo: (imageId: number) => Promise<Blob>
  /** Told how many photos are done. */
  readonly onPhoto: (done: number) => void
}

/**
 * One file about all photos: a COCO file, a table with the columns of `predict --measure`, or an archive with a file for each
 * photo.
 */
export async function allResultsFile(kind: ResultKind, results: AllResults): Promise<ResultFile> {
  const { name, found, pixelSize } = results
  const categories = categoriesOf(found.flatMap(({ proposals }) => proposals))
  const names = imageNames(found.map(({ image }) => image.file_name))
  const predicted = found.map(({ image, proposals }, i) =>
    predictedImage(image, proposals, categories, names[i]),
  )
  if (kind === 'coco') return toldFile(`${name}-coco.json`, cocoOf(predicted, categories))
  if (kind === 'csv') {
    const all = predicted.map((one, i) => {
      results.onPhoto(i)
      return measured(one, pixelSize)
    })
    return toldFile(`${name}-measurements.csv`, exportMeasurements(all).content as string)
  }
  return archiveOf(kind, predicted, categories, results)
}

async function archiveOf(
  kind: PhotoKind,
  predicted: readonly PredictedImage[],
  categories: readonly Category[],
  results: AllResults,
): Promise<ResultFile> {
  const notes: string[] = []
  const zip = openZip(TEXTS.allFinds.tooMuch)
  for (const [i, { image }] of results.found.entries()) {
    results.onPhoto(i)
    const file = await photoFile(kind, predicted[i], categories, () => results.photo(image.id)).catch(
      (error: Error) => {
        notes.push(TEXTS.allFinds.leftOut(image.file_name, error.message))
      },
    )
    if (!file) continue
    zip.add(file.name, new Uint8Array(await file.content.arrayBuffer()))
    notes.push(...file.notes.map((note) => TEXTS.allFinds.of(image.file_name, note)))
  }
  return { name: `${results.name}-${kind}.zip`, content: zip.end(), notes }
}
