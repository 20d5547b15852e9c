/** Segments image files one after another and writes what was found. */
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError, DataError } from '../errors.ts'
import { decodeImage } from '../node/decode-image.ts'
import { encodeLabelled } from '../node/draw-labels.ts'
import { makeFolder, writeFileAtomic } from '../node/files.ts'
import { nodePlatform } from '../node/platform.ts'
import { type ExportFormat, exportNames, exportPredictions, type PredictedImage } from '../predict/export.ts'
import { imageNames } from '../predict/image-names.ts'
import { renderOverlay } from '../predict/render.ts'
import { loadSegmenter } from '../predict/segmenter.ts'
import type { Device } from '../runtime/session.ts'
import { sayChosen } from './chosen-model.ts'
import type { TileFlag } from './flags.ts'
import { say } from './print.ts'
import { startProgress } from './progress.ts'

export interface PredictFilesOptions {
  readonly model: string
  readonly score: number
  readonly max?: number
  readonly tile?: TileFlag
  readonly overlap?: number
  readonly out: string
  readonly format?: ExportFormat
  readonly overlay: boolean
  readonly device: Device | 'auto'
  readonly threads?: number
  /** Id of each image, for exports that name images by ids. */
  readonly imageIds?: readonly number[]
}

export interface PredictedFiles {
  readonly predicted: readonly PredictedImage[]
  /** Why images could not be segmented; the others were. */
  readonly failures: readonly DataError[]
}

/**
 * Segments files one after another; overlays and exports are written to `out`. An image that cannot be segmented is left
 * out and told, and an interruption leaves exports of what was done. Throws `ConfigError`, before anything starts, where
 * a file among the images would be replaced.
 */
export async function predictFiles(
  files: readonly string[],
  options: PredictFilesOptions,
  signal: AbortSignal,
): Promise<PredictedFiles> {
  const { model, score, max, tile, overlap, out, format, overlay, device, threads, imageIds } = options
  await checkNothingReplaced(files, options)
  const segmenter = await loadSegmenter(nodePlatform, model, { device, threads, max, onProgress: sayChosen })
  const predicted: PredictedImage[] = []
  const failures: DataError[] = []
  const progress = startProgress(files.length, 'images')
  const overlayNames = overlayFiles(files)
  try {
    if (overlay || format) await makeFolder(out)
    for (const [i, file] of files.entries()) {
      try {
        const image = await decodeImage(file)
        const prediction = await segmenter.segment(image, {
          ...{ score, max, tile, overlap, signal, name: file },
          onTile: (done, tiles) => progress.step(i, `${basename(file)}: tile ${done} of ${tiles}`),
        })
        if (overlay) {
          const picture = renderOverlay(image, prediction.instances)
          const png = await encodeLabelled(picture, picture.labels)
          await writeFileAtomic(join(out, overlayNames[i]), png)
        }
        for (const note of prediction.notes) say(`${file}: ${note}`)
        predicted.push({ file, imageId: imageIds?.[i], prediction })
      } catch (error) {
        if (!(error instanceof DataError) || !isAbout(error, file)) throw error
        failures.push(error)
      }
      progress.step(i + 1, basename(file))
    }
  } finally {
    progress.end()
    if (format && predicted.length > 0) {
      for (const { name, content } of exportPredictions(format, predicted, segmenter.categories)) {
        await writeFileAtomic(join(out, name), content)
      }
    }
    await segmenter.dispose()
  }
  const { length } = predicted
  if (overlay && length > 0) say(`${length === 1 ? 'The overlay is' : `${length} overlays are`} in ${out}`)
  return { predicted, failures }
}

/** Throws the only failure, or one error that counts them and names the first. */
export function throwFailures({ predicted, failures }: PredictedFiles): void {
  if (failures.length === 0) return
  const [first] = failures
  const total = failures.length + predicted.length
  if (total === 1) throw first
  throw new DataError(
    failures.length === 1
      ? `1 of ${total} images could not be segmented: ${first.message}`
      : `${failures.length} of ${total} images could not be segmented; the first: ${first.message}`,
  )
}

/** An error of reading or segmenting the image, not of writing what was found. */
function isAbout(error: DataError, file: string): boolean {
  return error.where === file
}

function overlayFiles(files: readonly string[]): string[] {
  return imageNames(files).map((name) => `${name}.png`)
}

/** Among the images nothing that exists is replaced: neither an image nor labels made by hand. */
async function checkNothingReplaced(
  files: readonly string[],
  { out, overlay, format }: PredictFilesOptions,
): Promise<void> {
  const real = (path: string) => realpath(path).catch(() => resolve(path))
  const folders = new Set(await Promise.all([...new Set(files.map(dirname))].map(real)))
  if (!folders.has(await real(out))) return
  const names = [...(overlay ? overlayFiles(files) : []), ...(format ? exportNames(format, files) : [])]
  for (const path of names.map((name) => join(out, name))) {
    if (await stat(path).catch(() => undefined)) {
      throw new ConfigError('file would be replaced, and lies among the images', {
        where: path,
        hint: 'Choose another folder with --out',
      })
    }
  }
}
