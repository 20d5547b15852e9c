/** Where the results of `predict` go: files of one image as soon as it is done, files about all of them at the end. */
import { realpath, stat } from 'node:fs/promises'
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Category } from '../data/dataset.ts'
import type { ImageReader } from '../data/image-reading.ts'
import { ConfigError } from '../errors.ts'
import { encodeLabelled } from '../node/draw-labels.ts'
import { isUrl, makeFolder, writeFileAtomic } from '../node/files.ts'
import type { ExportFormat } from '../predict/export/export-choices.ts'
import type { ExportedFile, ExportOptions, PredictedImage } from '../predict/export.ts'
import { imageNames } from '../predict/image-names.ts'
import { reducedPicture } from '../predict/reduced-picture.ts'
import { type RenderOptions, renderOverlay } from '../predict/render.ts'
import type { ImageInput } from './predict-inputs.ts'
import { say } from './print.ts'
import { STANDARD_INPUT } from './standard-input.ts'

export interface OutputOptions {
  /** Folder of all files. */
  readonly out: string
  readonly formats: readonly ExportFormat[]
  readonly exports?: ExportOptions
  /** Whether there is a table of measurements. */
  readonly measure?: boolean
  /** How overlays are drawn; without it none are. */
  readonly overlay?: RenderOptions
}

/** How one image is named in what is written about it. */
export type OutputNames = Required<Pick<PredictedImage, 'file' | 'name' | 'imageId' | 'imagePath'>>

export interface PredictOutput {
  /** `names[i]` is for the i-th input. */
  readonly names: readonly OutputNames[]
  /** Writes what is about one image alone. */
  addImage(
    names: OutputNames,
    picture: ImageReader,
    prediction: PredictedImage['prediction'],
    categories: readonly Category[],
  ): Promise<void>
  /**
   * Writes the exports. Where not all images were worked on, files about all of them get a name of their own, so that they
   * neither pass for complete nor replace complete ones.
   */
  finish(
    predicted: readonly PredictedImage[],
    categories: readonly Category[],
    isComplete: boolean,
  ): Promise<void>
}

/** Throws `ConfigError`, before anything starts, where a file among the images would be replaced. */
export async function openOutput(
  inputs: readonly ImageInput[],
  options: OutputOptions,
): Promise<PredictOutput> {
  const { out, formats, measure, overlay } = options
  const files = inputs.map(namedFile)
  const stems = imageNames(files)
  await checkNothingReplaced(files, stems, options)
  if (overlay || measure || formats.length > 0) await makeFolder(out)
  let overlays = 0
  return {
    names: inputs.map(({ file, path = file, imageId }, i) => ({
      file,
      imageId,
      name: stems[i],
      imagePath: seenFrom(out, path),
    })),
    async addImage({ name }, picture, { instances }, categories) {
      if (!overlay) return
      const reduced = await reducedPicture(picture, instances)
      const classes = categories.map((category) => category.name)
      const drawn = renderOverlay(reduced.picture, reduced.instances, { ...overlay, classes })
      await writeFileAtomic(join(out, overlayName(name)), await encodeLabelled(drawn, drawn.labels))
      overlays++
    },
    async finish(predicted, categories, isComplete) {
      if (overlays > 0) say(`${overlays === 1 ? 'The overlay is' : `${overlays} overlays are`} in ${out}`)
      if (predicted.length === 0) return
      for await (const file of filesOf(predicted, categories, options)) {
        const isPartial = file.isAboutAll && !isComplete
        const path = join(out, isPartial ? beforeEnding(file.name, '-partial') : file.name)
        await writeFileAtomic(path, file.content)
        for (const note of file.notes ?? []) say(`${path}: ${note}`)
        if (isPartial) say(`${path} holds the ${predicted.length} of ${inputs.length} images that were done`)
      }
    },
  }
}

/** Read when something is exported: formats bring libraries of their own. */
const exporting = () => import('../predict/export.ts')
const measuring = () => import('../predict/export/measurements.ts')

/** One after another, so that they need not be held all at once. */
async function* filesOf(
  predicted: readonly PredictedImage[],
  categories: readonly Category[],
  { formats, exports, measure }: OutputOptions,
): AsyncGenerator<ExportedFile> {
  for (const format of formats) {
    yield* (await exporting()).exportedFiles(format, predicted, categories, exports)
  }
  if (measure) yield (await measuring()).exportMeasurements(predicted)
}

/** What files about an input are named after: a page of `stack.tif` as if it were `stack-page2.tif`. */
function namedFile({ file, path, page }: ImageInput): string {
  if (path === undefined) return file
  return beforeEnding(path, `-page${page}`)
}

function overlayName(stem: string): string {
  return `${stem}.png`
}

/** `predictions-partial.json` of `predictions.json` and `-partial`. */
function beforeEnding(name: string, added: string): string {
  const ending = extname(name)
  return `${name.slice(0, name.length - ending.length)}${added}${ending}`
}

/** The image as the folder sees it, with `/` between folders. */
function seenFrom(folder: string, file: string): string {
  if (file === STANDARD_INPUT || isUrl(file)) return file
  const path = relative(resolve(folder), resolve(file))
  return isAbsolute(path) ? path : path.split(sep).join('/')
}

async function checkNothingReplaced(
  files: readonly string[],
  stems: readonly string[],
  { out, overlay, formats, measure }: OutputOptions,
): Promise<void> {
  await requireNoneReplaced(files, out, [
    ...(overlay ? stems.map(overlayName) : []),
    ...(formats.length > 0 ? await exportedNames(formats, files) : []),
    ...(measure ? [(await measuring()).exportMeasurements([]).name] : []),
  ])
}

/**
 * Throws `ConfigError` where a file of one of the names is in the folder already, and that is also one of the inputs: among them nothing
 * is replaced, neither an image nor labels made by hand.
 */
export async function requireNoneReplaced(
  files: readonly string[],
  out: string,
  names: readonly string[],
): Promise<void> {
  const real = (path: string) => realpath(path).catch(() => resolve(path))
  const folders = new Set(await Promise.all([...new Set(files.map(dirname))].map(real)))
  if (!folders.has(await real(out))) return
  for (const path of names.map((name) => join(out, name))) {
    if (await stat(path).catch(() => undefined)) {
      throw new ConfigError('file would be replaced, and lies among the inputs', {
        where: path,
        hint: 'Choose another folder with --out',
      })
    }
  }
}

async function exportedNames(formats: readonly ExportFormat[], files: readonly string[]): Promise<string[]> {
  const { exportNames } = await exporting()
  return formats.flatMap((format) => exportNames(format, files))
}
