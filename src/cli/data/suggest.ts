import { dirname, relative, resolve, sep } from 'node:path'
import { Command, Option } from 'commander'
import { fileKey } from '../../data/file-lookup.ts'
import { Losses } from '../../data/losses.ts'
import { ConfigError, DataError } from '../../errors.ts'
import type { FormatName } from '../../formats/format.ts'
import { DATA_FORMATS } from '../../formats/formats.ts'
import { dataTarget } from '../../node/data-folder.ts'
import { decodeImage } from '../../node/decode-image.ts'
import { allOrNone } from '../../node/file-transaction.ts'
import { findImages } from '../../node/image-list.ts'
import { chooseForLabels, pictureDescriptor } from '../../predict/label-choice.ts'
import type { Device } from '../../runtime/session.ts'
import { MODEL_HELP } from '../chosen-model.ts'
import type { CommandContext } from '../command-context.ts'
import { deviceFlag, jsonFlag, probability, threadsFlag, wholeNumber, workersFlag } from '../flags.ts'
import { endings } from '../image-ids.ts'
import { printJson, printLine, say } from '../print.ts'
import { foundDataset, type JudgedImage, judgePool } from './judged-pool.ts'
import { readLabelled } from './labelled-source.ts'
import { type LossLists, lossText } from './loss-text.ts'
import { forceFlag, requireVacant } from './targets.ts'
import { table } from './text-table.ts'

interface SuggestFlags {
  readonly model: string
  readonly count: number
  readonly labels?: string
  readonly recursive?: boolean
  readonly prelabels?: FormatName
  readonly out?: string
  readonly score: number
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly workers?: number
  readonly force?: boolean
  readonly json?: boolean
}

export function suggestCommand({ signal }: CommandContext): Command {
  return new Command('suggest')
    .description(
      'Say which images to label next: those that a model is in doubt about, and unlike each other and what is labelled.',
    )
    .argument('<pool>', 'folder or glob of images')
    .requiredOption('--model <model>', MODEL_HELP)
    .option('--count <n>', 'how many images to suggest', wholeNumber, 10)
    .option('--labels <source>', 'labels that there are, in any format: their images are left out')
    .option('--recursive', 'also images in the folders of the pool')
    .addOption(
      new Option('--prelabels <format>', 'write what the model finds in them, to be corrected').choices(
        DATA_FORMATS.map(({ name }) => name),
      ),
    )
    .option('--out <folder>', 'where these labels go', 'prelabels')
    .option('--score <s>', 'leave out objects of a lower score from these labels', probability, 0.5)
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .addOption(workersFlag())
    .addOption(forceFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright data suggest photos --model runs/mine --labels train.json --count 20' +
        '\n  $ maskwright data suggest photos --model nuclei --prelabels labelme --out to-correct',
    )
    .action(async (pool: string, flags: SuggestFlags) => {
      const report = await suggest(pool, flags, signal)
      if (flags.json) printJson(report)
      else for (const line of textOf(report)) printLine(line)
    })
}

interface SuggestedImage {
  readonly file: string
  readonly objects: number
  readonly doubt: number
  readonly disagreement: number
  readonly uncertainty: number
  /** To the nearest labelled or suggested picture; null for the first where nothing is labelled. */
  readonly distance: number | null
}

interface SuggestReport extends LossLists {
  readonly pool: string
  readonly model: string
  /** Images that were looked at, and those left out since they are labelled. */
  readonly looked: number
  readonly labelled: number
  readonly images: readonly SuggestedImage[]
  readonly prelabels: { readonly format: FormatName; readonly out: string; readonly objects: number } | null
}

async function suggest(pool: string, flags: SuggestFlags, signal: AbortSignal): Promise<SuggestReport> {
  const { model, count, labels, recursive, prelabels, out = '' } = flags
  if (prelabels) await requireVacant([out], flags)
  const files = (await findImages(pool, { recursive })).images
  const names = labels === undefined ? new Set<string>() : await labelledNames(labels, signal)
  const isLabelled = (file: string) => endings(file).some((ending) => names.has(ending))
  const open = files.filter((file) => !isLabelled(file))
  if (open.length === 0) {
    throw new DataError('all images are labelled', { where: pool, got: `${files.length} images` })
  }
  const known = await descriptorsOf(files.filter(isLabelled), signal)
  const { images, categories } = await judgePool(open, { ...flags, signal })
  if (images.length === 0) throw new DataError('no image can be read', { where: pool })
  const choices = chooseForLabels(images, known, count)
  const chosen = choices.map(({ index }) => images[index])
  const losses = new Losses()
  const objects = prelabels
    ? await writeFound(chosen, categories, pool, { ...flags, prelabels, out }, losses)
    : 0
  return {
    pool,
    model,
    looked: images.length,
    labelled: files.length - open.length,
    images: chosen.map(({ file, objects, doubt, disagreement, uncertainty }, i) => ({
      ...{ file, objects, doubt, disagreement, uncertainty },
      distance: choices[i].distance ?? null,
    })),
    prelabels: prelabels ? { format: prelabels, out, objects } : null,
    ...{ lost: losses.lost, changed: losses.changed, noted: losses.noted },
  }
}

async function labelledNames(source: string, signal: AbortSignal): Promise<Set<string>> {
  const splits = await readLabelled(source, { from: 'auto', signal })
  return new Set(splits.flatMap(({ dataset }) => dataset.images.map(({ fileName }) => fileKey(fileName))))
}

/** Of labelled images that can be read. */
async function descriptorsOf(files: readonly string[], signal: AbortSignal): Promise<Float64Array[]> {
  const descriptors: Float64Array[] = []
  for (const file of files) {
    signal.throwIfAborted()
    try {
      descriptors.push(pictureDescriptor(await decodeImage(file)))
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      say(error.message)
    }
  }
  return descriptors
}

/** How many objects were written. */
async function writeFound(
  chosen: readonly JudgedImage[],
  categories: Parameters<typeof foundDataset>[1],
  pool: string,
  { prelabels, out, score, force }: SuggestFlags & { readonly prelabels: FormatName; readonly out: string },
  losses: Losses,
): Promise<number> {
  const format = DATA_FORMATS.find(({ name }) => name === prelabels)
  if (!format) throw new ConfigError('there is no such format', { where: '--prelabels', got: prelabels })
  const nameOf = (file: string) => relative(rootOf(pool, chosen), resolve(file)).split(sep).join('/')
  const named = chosen.map((image) => ({ ...image, name: nameOf(image.file) }))
  const fileOf = new Map(named.map(({ name, file }) => [name, file]))
  const dataset = foundDataset(named, categories, score)
  await allOrNone((files) =>
    format.write([{ name: '', dataset }], dataTarget(out, { replace: force, files }), {
      losses,
      imagePath: async (_, name, from) => {
        const file = fileOf.get(name)
        return (
          file &&
          relative(dirname(resolve(out, from)), resolve(file))
            .split(sep)
            .join('/')
        )
      },
    }),
  )
  return [...dataset.annotations.values()].reduce((sum, { length }) => sum + length, 0)
}

/** The folder that names are relative to: the pool, or of a glob the nearest folder that has all images. */
function rootOf(pool: string, images: readonly JudgedImage[]): string {
  const folder = resolve(pool)
  const isWithin = (root: string) => images.every(({ file }) => resolve(file).startsWith(`${root}${sep}`))
  if (isWithin(folder)) return folder
  let root = dirname(resolve(images[0].file))
  while (!isWithin(root) && dirname(root) !== root) root = dirname(root)
  return root
}

function* textOf(report: SuggestReport): Generator<string> {
  const { pool, looked, labelled, images, prelabels } = report
  const left = labelled > 0 ? `, ${labelled} others are labelled` : ''
  yield `${looked} images of ${pool} looked at${left}. To label next:`
  yield* table([
    ['', 'image', 'objects', 'doubt', 'disagreement', 'distance', 'why'],
    ...images.map((image, i) => [
      `${i + 1}`,
      image.file,
      `${image.objects}`,
      image.doubt.toFixed(3),
      image.disagreement.toFixed(3),
      image.distance === null ? '-' : image.distance.toFixed(3),
      reasonOf(image, images),
    ]),
  ])
  if (prelabels) {
    yield `${prelabels.objects} objects to correct are in ${prelabels.out} (${prelabels.format}).`
    yield* lossText(report)
  }
}

/** In words what stands out: above the middle of all that are suggested. */
function reasonOf(image: SuggestedImage, all: readonly SuggestedImage[]): string {
  if (image.objects === 0) return 'nothing found'
  const isHigh = (of: (one: SuggestedImage) => number) =>
    all.filter((one) => of(one) < of(image)).length >= all.length / 2
  const reasons: string[] = []
  if (isHigh(({ disagreement }) => disagreement)) reasons.push('another result when mirrored')
  if (isHigh(({ doubt }) => doubt)) reasons.push('unsure scores')
  if (isHigh(({ distance }) => distance ?? Number.POSITIVE_INFINITY)) reasons.push('looks unlike the others')
  return reasons.join(', ') || 'in doubt'
}
