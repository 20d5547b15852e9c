import { extname } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Dataset } from '../../data/dataset.ts'
import type { Intensity, ReadingOptions } from '../../data/image-reading.ts'
import { ConfigError, DataError } from '../../errors.ts'
import type { FormatName } from '../../formats/format.ts'
import { decodeImage, encodeJpeg } from '../../node/decode-image.ts'
import { encodeLabelled } from '../../node/draw-labels.ts'
import { checkWritable, writeFileAtomic } from '../../node/files.ts'
import { readImageIn } from '../../node/image-folder.ts'
import { contactSheet, type SheetEntry, spreadImages } from '../../predict/contact-sheet.ts'
import { readingOf } from '../../train/config-parts.ts'
import type { CommandContext } from '../command-context.ts'
import { channelFlag, intensityFlag, jsonFlag, numberFromZero, pageNumber, wholeNumber } from '../flags.ts'
import { NotesByImage } from '../notes-by-image.ts'
import { printJson, printLine, say } from '../print.ts'
import { startProgress } from '../progress.ts'
import { loadConfig } from '../train-run.ts'
import { augmentedEntries } from './augmented-preview.ts'
import { chosenSplit, FORMAT_CHOICES, readLabelled } from './labelled-source.ts'

interface PreviewFlags {
  readonly images?: string
  readonly from: FormatName | 'auto'
  readonly split?: string
  readonly out: string
  readonly count: number
  readonly category?: string
  readonly seed: number
  readonly cell: number
  readonly intensity?: Intensity
  readonly page?: number
  readonly channel?: ReadingOptions['channels']
  readonly augment?: string
  readonly each: number
  readonly json?: boolean
}

export function previewCommand({ signal }: CommandContext): Command {
  return new Command('preview')
    .description('Draw a sheet of labelled images with their masks, to see whether the labels are right.')
    .argument('<source>', 'a COCO file, or data in another format')
    .option('--images <folder>', 'where the images are (default: beside the source, or in images)')
    .addOption(new Option('--from <format>', 'format of the data').choices(FORMAT_CHOICES).default('auto'))
    .option('--split <name>', 'the split to draw, where the source has several')
    .option('--out <file>', 'the picture to write: .png or .jpg', picturePath, 'preview.png')
    .option('--count <n>', 'how many images', wholeNumber, 16)
    .option('--category <name>', 'draw this category alone, and images that have it')
    .option('--seed <n>', 'another number chooses other images', numberFromZero, 0)
    .option('--cell <n>', 'pixels of a side for each image', wholeNumber, 320)
    .option('--augment <config>', 'draw what a model will see in the training of this configuration')
    .option('--each <n>', 'how often each image, with --augment', wholeNumber, 4)
    .addOption(intensityFlag())
    .option('--page <n>', 'which page of images that have several, counted from 1', pageNumber)
    .addOption(channelFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExample:\n  $ maskwright data preview train.json --count 25 --category cell --out sheet.jpg' +
        '\n  $ maskwright data preview train.json --augment my-config.ts --count 6 --each 5',
    )
    .action(async (source: string, flags: PreviewFlags) => {
      await checkWritable(flags.out)
      const split = chosenSplit(await readLabelled(source, { ...flags, signal }), source, flags.split)
      const { dataset, images } = split
      if (images === undefined) {
        throw new DataError('the images were not found beside the data', {
          where: source,
          hint: 'Give their folder with --images',
        })
      }
      requireCategory(dataset, source, flags.category)
      const { entries, ...shown } = flags.augment
        ? await augmentedSheet(dataset, images, source, { ...flags, augment: flags.augment }, signal)
        : { dataset, entries: await readEntries(dataset, images, flags, signal) }
      // Samples of an image stand side by side.
      const columns = flags.augment ? flags.each : undefined
      const sheet = contactSheet(shown.dataset, entries, { ...flags, columns })
      const png = await encodeLabelled(sheet, sheet.labels)
      const isPng = extname(flags.out).toLowerCase() === '.png'
      await writeFileAtomic(flags.out, isPng ? png : await encodeJpeg(await decodeImage(png)))
      const names = [...new Set(entries.map(({ image }) => image.fileName))]
      if (flags.json) printJson({ out: flags.out, source: split.name, images: names })
      else printLine(`${flags.out}: ${names.length} of ${dataset.images.length} images of ${split.name}`)
    })
}

/** The flags say how images are read where they do, else the configuration. */
async function augmentedSheet(
  dataset: Dataset,
  folder: string,
  where: string,
  flags: PreviewFlags & { readonly augment: string },
  signal: AbortSignal,
) {
  const { count, seed, category, each, intensity, page, channel: channels } = flags
  const config = await loadConfig(flags.augment, { device: 'auto' })
  const reading = { intensity, page, channels }
  const given = Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined))
  const readImage = readImageIn(folder, { ...readingOf(config), ...given })
  const images = spreadImages(dataset, { count, seed, category })
  return augmentedEntries(dataset, { config, images, each, seed, readImage, where, signal })
}

async function readEntries(
  dataset: Dataset,
  folder: string,
  { count, seed, category, intensity, page, channel: channels }: PreviewFlags,
  signal: AbortSignal,
): Promise<SheetEntry[]> {
  const chosen = spreadImages(dataset, { count, seed, category })
  const readImage = readImageIn(folder, { intensity, page, channels })
  const progress = startProgress(chosen.length, 'images')
  const entries: SheetEntry[] = []
  const notes = new NotesByImage()
  try {
    for (const [i, image] of chosen.entries()) {
      signal.throwIfAborted()
      const picture = await readImage(image.fileName).catch((error) => {
        if (!(error instanceof DataError)) throw error
        say(error.message)
        return undefined
      })
      entries.push({ image, picture })
      notes.add(image.fileName, picture?.notes ?? [])
      progress.step(i + 1, image.fileName)
    }
  } finally {
    progress.end()
  }
  for (const line of notes.lines()) say(line)
  return entries
}

function requireCategory({ categories, images }: Dataset, source: string, category?: string): void {
  if (images.length === 0) throw new DataError('there are no images to draw', { where: source })
  if (category === undefined || categories.some(({ name }) => name === category)) return
  throw new ConfigError('there is no such category', {
    where: '--category',
    expected: `one of ${categories.map(({ name }) => name).join(', ')}`,
    got: category,
  })
}

function picturePath(path: string): string {
  if (/\.(png|jpe?g)$/i.test(path)) return path
  throw new InvalidArgumentError('Expected a file ending in .png, .jpg or .jpeg.')
}
