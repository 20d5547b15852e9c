import { stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { annotationsOf } from '../../data/dataset.ts'
import { Losses } from '../../data/losses.ts'
import { type MergedDataset, type MergeRules, mergeDatasets, sharedNames } from '../../data/merge.ts'
import { decoded } from '../../doctor/image-probe.ts'
import { ConfigError, DataError } from '../../errors.ts'
import type { FormatName } from '../../formats/format.ts'
import { copyFilesInto } from '../../node/data-folder.ts'
import { allOrNone, type FileTransaction } from '../../node/file-transaction.ts'
import { imagePathIn } from '../../node/image-folder.ts'
import type { CommandContext } from '../command-context.ts'
import { jsonFlag } from '../flags.ts'
import { printJson, printLine } from '../print.ts'
import { startProgress } from '../progress.ts'
import { foldersFor } from './image-folders.ts'
import { FORMAT_CHOICES, type LabelledSplit, readLabelled } from './labelled-source.ts'
import { type LossLists, lossText } from './loss-text.ts'
import { probeFolder } from './probed-folder.ts'
import { forceFlag, putCocoFile, requireVacant } from './targets.ts'

interface MergeFlags {
  readonly out: string
  readonly images?: readonly string[]
  readonly copyImages?: boolean
  readonly sameName?: MergeRules['sameName']
  readonly rename?: ReadonlyMap<string, string>
  readonly from: FormatName | 'auto'
  readonly force?: boolean
  readonly json?: boolean
}

export function mergeCommand({ signal }: CommandContext): Command {
  return new Command('merge')
    .description('Make one COCO file of several data sets; categories are matched by their names.')
    .argument('<sources...>', 'COCO files, or data in other formats')
    .requiredOption('--out <file>', 'the COCO file to write')
    .option(
      '--images <folder>',
      'folder of the images, once for all sources or once for each (default: beside the source, or in images)',
      (folder: string, before: readonly string[] = []) => [...before, folder],
    )
    .option('--copy-images', 'copy the images to the folder images beside the file')
    .addOption(
      new Option(
        '--same-name <what>',
        'images of one name: join them, or prefix all names with their folders (default: join those of equal pixels, refuse others)',
      ).choices(['join', 'prefix']),
    )
    .option('--rename <old=new>', 'another name for a category; may be given several times', renamed)
    .addOption(new Option('--from <format>', 'format of the data').choices(FORMAT_CHOICES).default('auto'))
    .addOption(forceFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright data merge monday.json tuesday.json --out all.json' +
        '\n  $ maskwright data merge a/labels.json b/labels.json --out all/labels.json --same-name prefix --copy-images',
    )
    .action(async (sources: string[], flags: MergeFlags) => {
      const report = await merge(sources, flags, signal)
      if (flags.json) printJson(report)
      else for (const line of mergeText(report)) printLine(line)
    })
}

function renamed(text: string, before: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Expected OLD=NEW.')
  return new Map([...before, [text.slice(0, at), text.slice(at + 1)]])
}

interface MergeReport extends LossLists {
  readonly out: string
  readonly sources: readonly {
    readonly name: string
    readonly images: number
    readonly annotations: number
  }[]
  readonly images: number
  readonly annotations: number
  readonly categories: readonly string[]
}

async function merge(paths: readonly string[], flags: MergeFlags, signal: AbortSignal): Promise<MergeReport> {
  await requireVacant([flags.out], flags)
  const given = foldersFor(paths, flags.images ?? [])
  const losses = new Losses()
  const read: LabelledSplit[] = []
  for (const [i, path] of paths.entries())
    read.push(...(await readLabelled(path, { from: flags.from, images: given[i], losses, signal })))
  if (read.length < 2) {
    throw new ConfigError('there is only one data set', {
      where: paths[0],
      expected: 'at least two to merge',
    })
  }
  const prefixes = folderPrefixes(read.map(({ name, images }) => images ?? dirname(name)))
  const names = sharedNames(read.map(({ dataset }) => dataset))
  const sources = []
  for (const [i, { name, dataset, images }] of read.entries()) {
    const probes = images === undefined ? [] : await probeFolder(images, names[i], signal)
    const pixels = [...probes].flatMap(([fileName, probe]): [string, string][] => {
      const digest = decoded(probe)?.pixels
      return digest === undefined ? [] : [[fileName, digest]]
    })
    sources.push({ name, dataset, folder: prefixes[i], pixels: new Map(pixels) })
  }
  const merged = mergeDatasets(sources, flags, losses)
  if (!flags.copyImages && new Set(prefixes).size > 1 && flags.sameName !== 'prefix')
    losses.note('images in several folders (see --copy-images and --same-name prefix)', read[0].name)
  await allOrNone(async (files) => {
    if (flags.copyImages) await copyImages(merged, read, flags, files, signal)
    await putCocoFile(flags.out, merged.dataset, flags, files)
  })
  const { dataset } = merged
  return {
    out: flags.out,
    sources: read.map(({ name, dataset }) => ({ name, ...countsOf(dataset) })),
    ...countsOf(dataset),
    categories: dataset.categories.map(({ name }) => name),
    lost: losses.lost,
    changed: losses.changed,
    noted: losses.noted,
  }
}

/** What tells the folders apart: their paths from the folder they share, each with `/` at its end. */
function folderPrefixes(folders: readonly string[]): string[] {
  const parts = folders.map((folder) => resolve(folder).split(sep))
  let shared = 0
  while (parts.every((own) => own.length > shared && own[shared] === parts[0][shared])) shared++
  const root = parts[0].slice(0, shared).join(sep) || sep
  return folders.map((folder) => {
    const path = relative(root, resolve(folder)).replaceAll(sep, '/')
    return path === '' ? '' : `${path}/`
  })
}

/** Copies the images to `images` beside the file that is written, under their merged names. */
async function copyImages(
  { dataset, origins }: MergedDataset,
  read: readonly LabelledSplit[],
  { out, force }: MergeFlags,
  files: FileTransaction,
  signal: AbortSignal,
): Promise<void> {
  const copy = copyFilesInto(join(dirname(out), 'images'), { replace: force, files })
  const pathOf = read.map(({ images }) => (images === undefined ? undefined : imagePathIn(images)))
  const progress = startProgress(origins.length, 'images')
  try {
    for (const [i, { source, fileName }] of origins.entries()) {
      signal.throwIfAborted()
      const path = await pathOf[source]?.(fileName)
      if (path === undefined || !(await stat(path).catch(() => undefined))?.isFile()) {
        throw new DataError('image to copy is missing', {
          where: path ?? `${fileName} of ${read[source].name}`,
          hint: 'Pass --images with the folder that file names start from, once for each source',
        })
      }
      await copy(path, dataset.images[i].fileName.replaceAll('\\', '/'))
      progress.step(i + 1, basename(path))
    }
  } finally {
    progress.end()
  }
}

function countsOf(dataset: MergedDataset['dataset']): { images: number; annotations: number } {
  const annotations = dataset.images.reduce((sum, { id }) => sum + annotationsOf(dataset, id).length, 0)
  return { images: dataset.images.length, annotations }
}

function* mergeText({ out, sources, images, annotations, categories, ...losses }: MergeReport) {
  for (const one of sources) yield `${one.name}: ${one.images} images, ${one.annotations} annotations`
  yield `-> ${out}: ${images} images, ${annotations} annotations, ${categories.length} categories (${categories.join(', ')})`
  yield* lossText(losses)
}
