import { stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { Command, Option } from 'commander'
import { ConfigError, DataError } from '../../errors.ts'
import { readCocoHeader } from '../../formats/coco/coco-stream.ts'
import { type ConversionReport, convertData } from '../../formats/conversion.ts'
import type { ConvertProgress, DataFolder, FormatName, ReadableName, Split } from '../../formats/format.ts'
import { DATA_FORMATS, READABLE_FORMATS, recogniseFormat } from '../../formats/formats.ts'
import { copyFilesInto, dataFolder, dataTarget } from '../../node/data-folder.ts'
import { loadImageSize } from '../../node/decode-image.ts'
import { allOrNone } from '../../node/file-transaction.ts'
import { openChunks } from '../../node/files.ts'
import { fileFinder } from '../../node/image-folder.ts'
import type { CommandContext } from '../command-context.ts'
import { jsonFlag, namesOf, probability } from '../flags.ts'
import { printJson, printLine } from '../print.ts'
import { type ProgressBar, startProgress } from '../progress.ts'
import { lossText } from './loss-text.ts'
import { forceFlag, requireVacant } from './targets.ts'

interface ConvertFlags {
  readonly to: FormatName
  readonly from: ReadableName | 'auto'
  readonly images?: string
  readonly copyImages?: boolean
  readonly categories?: readonly string[]
  readonly attribute?: string
  readonly category?: string
  readonly annotations?: string
  readonly score?: number
  readonly onDegenerate: 'error' | 'skip'
  readonly strict?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

const NAMES = DATA_FORMATS.map(({ name }) => name)
const READABLE_NAMES = READABLE_FORMATS.map(({ name }) => name)

export function convertCommand({ signal }: CommandContext): Command {
  return new Command('convert')
    .description('Convert labelled data from one format to another, and say what does not come along.')
    .argument('<source>', 'folder of the data, or its main file')
    .argument('<target>', 'folder to write to; a .json file for formats that are one file')
    .addOption(new Option('--to <format>', 'format to write').choices(NAMES).makeOptionMandatory())
    .addOption(
      new Option('--from <format>', 'format of the source')
        .choices(['auto', ...READABLE_NAMES])
        .default('auto'),
    )
    .option('--images <folder>', 'where the images are, if not in the source')
    .option('--copy-images', 'copy the images to where the format has them')
    .option('--categories <names>', 'keep only these categories, separated by commas', namesOf)
    .option('--attribute <name>', 'VIA: the region attribute that holds the category')
    .option('--category <name>', 'mask-folder, label-map: the category of objects whose files name none')
    .option('--annotations <file>', 'results: the COCO file with the images and categories they are about')
    .option('--score <s>', 'leave out predictions of a lower score', probability)
    .addOption(
      new Option('--on-degenerate <what>', 'annotations without area: stop, or leave them out')
        .choices(['error', 'skip'])
        .default('error'),
    )
    .option('--strict', 'fail before writing where anything would be lost')
    .addOption(forceFlag())
    .addOption(jsonFlag())
    .addHelpText('after', `\n${formatList()}\n\n${EXAMPLES}`)
    .action(async (source: string, target: string, flags: ConvertFlags) => {
      const report = await convert(source, target, flags, signal)
      if (flags.json) printJson(report)
      else printReport(report)
    })
}

const EXAMPLES = `Examples:
  $ maskwright data convert annotations/instances_train.json yolo --to yolo-seg --images train --copy-images
  $ maskwright data convert labelme-folder train.json --to coco
  $ maskwright data convert predictions.json to-correct --to labelme --images photos --category cell --score 0.6`

function formatList(): string {
  return `Formats:\n${READABLE_FORMATS.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}`
}

interface ConvertReport extends ConversionReport {
  readonly from: ReadableName
  readonly to: FormatName
  readonly source: string
  readonly target: string
}

async function convert(
  sourcePath: string,
  targetPath: string,
  flags: ConvertFlags,
  signal: AbortSignal,
): Promise<ConvertReport> {
  const source = await locateSource(sourcePath)
  const to = DATA_FORMATS.find(({ name }) => name === flags.to) as (typeof DATA_FORMATS)[number]
  const target = locateTarget(targetPath)
  await requireVacant([targetPath], flags)
  const folder = dataFolder(source.folder)
  const from =
    flags.from === 'auto'
      ? await recogniseFormat(folder, source.entry)
      : (READABLE_FORMATS.find(({ name }) => name === flags.from) as (typeof READABLE_FORMATS)[number])
  const images = flags.images === undefined ? undefined : dataFolder(flags.images)
  const locate = imageLocator(folder, images)
  const [reading, writing] = [lateProgress('read'), lateProgress('written')]
  try {
    const annotations =
      flags.annotations === undefined ? undefined : await annotatedOf(flags.annotations, from.name)
    const report = await allOrNone((files) => {
      const placing = { replace: flags.force, files }
      return convertData(folder, from, dataTarget(target.folder, placing), to, {
        entry: source.entry,
        targetEntry: target.entry,
        images,
        attribute: flags.attribute,
        category: flags.category,
        annotations,
        score: flags.score,
        categories: flags.categories,
        onDegenerate: flags.onDegenerate,
        strict: flags.strict,
        placeImage: flags.copyImages
          ? imageCopier(locate, copyFilesInto(resolve(target.folder), placing))
          : undefined,
        imageSize: async (split, fileName) => {
          const { found } = await locate(split, fileName)
          return found === undefined ? undefined : loadImageSize(found)
        },
        imagePath: flags.copyImages
          ? undefined
          : async (split, fileName, from) => {
              const { found } = await locate(split, fileName)
              const folder = dirname(resolve(target.folder, from))
              return found && relative(folder, resolve(found)).replaceAll(sep, '/')
            },
        readProgress: reading.step,
        progress: (...step) => {
          reading.end()
          writing.step(...step)
        },
        signal,
      })
    })
    return { from: from.name, to: to.name, source: sourcePath, target: targetPath, ...report }
  } finally {
    reading.end()
    writing.end()
  }
}

/** Images and categories that results are about. Throws `ConfigError` where the source is no results. */
async function annotatedOf(path: string, from: ReadableName) {
  if (from === 'coco-results') return readCocoHeader(() => openChunks(path), path)
  throw new ConfigError(`annotations are for results, and the source is ${from}`, {
    where: '--annotations',
    hint: 'Leave it out',
  })
}

/** A bar that begins with the first step, when it is known how many there will be. */
function lateProgress(unit: string): { step: ConvertProgress; end: () => void } {
  let progress: ProgressBar | undefined
  return {
    step: (done, total, note) => {
      progress ??= startProgress(total, unit)
      progress.step(done, note)
    },
    end: () => progress?.end(),
  }
}

interface Place {
  readonly folder: string
  /** The file that was named, where it was one. */
  readonly entry?: string
}

async function locateSource(path: string): Promise<Place> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new DataError('source does not exist', { where: path })
  return found.isDirectory() ? { folder: path } : { folder: dirname(path), entry: basename(path) }
}

function locateTarget(path: string): Place {
  return /\.json$/i.test(path) ? { folder: dirname(path), entry: basename(path) } : { folder: path }
}

type LocateImage = (
  split: Split,
  fileName: string,
) => Promise<{ readonly found?: string; readonly expected: string }>

/** Where an image lies: in `images`, there in a folder of the split's name, or where the source has it. */
function imageLocator(source: DataFolder, images: DataFolder | undefined): LocateImage {
  const finders = new Map<string, (name: string) => Promise<string | undefined>>()
  const finderOf = (folder: string) => {
    const finder = finders.get(folder) ?? fileFinder(folder)
    finders.set(folder, finder)
    return finder
  }
  return async (split, fileName) => {
    const folders = images
      ? [join(images.name, split.name), images.name]
      : [join(source.name, split.images ?? '')]
    for (const folder of folders) {
      const path = await finderOf(folder)(fileName)
      const found = path === undefined ? '' : join(folder, path)
      const isFile = (await stat(found).catch(() => undefined))?.isFile()
      if (isFile) return { found, expected: found }
    }
    return { expected: join(folders[folders.length - 1], fileName) }
  }
}

function imageCopier(
  locate: LocateImage,
  copy: (from: string, path: string) => Promise<void>,
): (split: Split, fileName: string, path: string) => Promise<void> {
  return async (split, fileName, path) => {
    const { found, expected } = await locate(split, fileName)
    if (found !== undefined) return copy(found, path)
    throw new DataError('image to copy is missing', {
      where: expected,
      hint: 'Pass --images with the folder that file names start from',
    })
  }
}

function printReport(report: ConvertReport): void {
  const { from, to, source, target, splits, categories, lost } = report
  const sum = (key: 'images' | 'annotations') => splits.reduce((total, split) => total + split[key], 0)
  printLine(
    `${source} (${from}) -> ${target} (${to}): ${sum('images')} images, ${sum('annotations')} annotations, ` +
      `${categories.length} categories`,
  )
  if (splits.length > 1) {
    for (const { name, images, annotations } of splits) {
      printLine(`  ${name}: ${images} images, ${annotations} annotations`)
    }
  }
  for (const line of lossText(report)) printLine(line)
  if (lost.length === 0) printLine('Nothing was lost.')
}
