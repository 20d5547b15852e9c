import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { annotationsOf, type Dataset } from '../../data/dataset.ts'
import { Losses } from '../../data/losses.ts'
import { type SplitShare, stratifiedSplit } from '../../data/stratified-split.ts'
import { joinedGroups, likePictures, parseGroupRule, ruledGroups } from '../../doctor/image-groups.ts'
import type { ImageProbe } from '../../doctor/image-probe.ts'
import { ConfigError } from '../../errors.ts'
import type { FormatName } from '../../formats/format.ts'
import { allOrNone } from '../../node/file-transaction.ts'
import type { CommandContext } from '../command-context.ts'
import { jsonFlag, numberFromZero } from '../flags.ts'
import { printJson, printLine } from '../print.ts'
import { chosenSplit, FORMAT_CHOICES, type LabelledSplit, readLabelled } from './labelled-source.ts'
import { type LossLists, lossText } from './loss-text.ts'
import { probeFolder } from './probed-folder.ts'
import { forceFlag, putCocoFile, requireVacant } from './targets.ts'
import { table } from './text-table.ts'

interface SplitFlags {
  readonly val: number
  readonly test?: number
  readonly groupBy?: string
  readonly seed: number
  readonly images?: string | boolean
  readonly from: FormatName | 'auto'
  readonly split?: string
  readonly out?: string
  readonly force?: boolean
  readonly json?: boolean
}

export function splitCommand({ signal }: CommandContext): Command {
  return new Command('split')
    .description(
      'Deal labelled images out to train and val (and test): categories and counts of objects alike on each side, ' +
        'images that look the same on one.',
    )
    .argument('<source>', 'a COCO file, or data in another format')
    .option('--val <share>', 'share of the images to validate on', share, 0.2)
    .option('--test <share>', 'share of the images to keep for a last test', share)
    .option(
      '--group-by <what>',
      'keep images together: "folder", "name:PATTERN" (a regular expression), or an attribute of the images',
    )
    .option('--seed <n>', 'another number deals otherwise', numberFromZero, 0)
    .option('--images <folder>', 'where the images are (default: beside the source, or in images)')
    .option('--no-images', 'do not look at the images: those that look the same may part')
    .addOption(new Option('--from <format>', 'format of the data').choices(FORMAT_CHOICES).default('auto'))
    .option('--split <name>', 'the split to deal out, where the source has several')
    .option('--out <folder>', 'where train.json and val.json go (default: beside the source)')
    .addOption(forceFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright data split labels.json --val 0.2 --test 0.1 --images photos --out split' +
        "\n  $ maskwright data split labels.json --group-by 'name:^([^_]+)_'",
    )
    .action(async (source: string, flags: SplitFlags) => {
      const report = await split(source, flags, signal)
      if (flags.json) printJson(report)
      else for (const line of splitText(report)) printLine(line)
    })
}

function share(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('Expected a number between 0 and 1.')
  return value
}

interface SideReport {
  readonly name: string
  readonly file: string
  readonly images: number
  readonly objects: number
}

interface SplitReport extends LossLists {
  readonly source: string
  readonly seed: number
  readonly sides: readonly SideReport[]
  readonly categories: readonly {
    readonly name: string
    /** Images that have the category and its objects, on each side. */
    readonly sides: Readonly<Record<string, { readonly images: number; readonly objects: number }>>
  }[]
  /** Sets of images that stay together. */
  readonly groups: { readonly count: number; readonly largest: number }
  /** Pairs of images that look the same; null where the images were not looked at. */
  readonly likePairs: number | null
}

async function split(source: string, flags: SplitFlags, signal: AbortSignal): Promise<SplitReport> {
  const sides = sidesOf(flags)
  const folder = flags.out ?? ((await isFolder(source)) ? source : dirname(source))
  const files = sides.map(({ name }) => join(folder, `${name}.json`))
  await requireVacant(files, flags)
  const rule = flags.groupBy === undefined ? undefined : parseGroupRule(flags.groupBy)
  const losses = new Losses()
  const given = typeof flags.images === 'string' ? flags.images : undefined
  const read = await readLabelled(source, { from: flags.from, images: given, losses, signal })
  const chosen = chosenSplit(read, source, flags.split)
  const { dataset } = chosen
  const probes = flags.images === false ? undefined : await probesOf(chosen, source, losses, signal)
  const ruled = rule ? ruledGroups(dataset.images, rule) : dataset.images.map(() => undefined)
  for (const [i, { fileName }] of rule ? dataset.images.entries() : [])
    if (ruled[i] === undefined) losses.note('images of no group, dealt one by one', fileName)
  const pairs = probes ? likePictures(dataset.images, probes) : []
  const groups = joinedGroups(ruled, pairs)
  const parts = stratifiedSplit(dataset, sides, { seed: flags.seed, groups })
  await allOrNone(async (transaction) => {
    for (const [i, part] of parts.entries()) await putCocoFile(files[i], part, flags, transaction)
  })
  return {
    source: chosen.name,
    seed: flags.seed,
    sides: parts.map((part, i) => ({ name: sides[i].name, file: files[i], ...countsOf(part) })),
    categories: dataset.categories.map(({ id, name }) => ({
      name,
      sides: Object.fromEntries(parts.map((part, i) => [sides[i].name, countsOf(part, id)])),
    })),
    groups: groupCounts(groups),
    likePairs: probes ? pairs.length : null,
    lost: losses.lost,
    changed: losses.changed,
    noted: losses.noted,
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

function sidesOf({ val, test }: SplitFlags): SplitShare[] {
  const train = 1 - val - (test ?? 0)
  if (train < 1e-9) {
    throw new ConfigError('nothing is left to train on', {
      where: '--val and --test',
      expected: 'shares that are below 1 together',
      got: `${val + (test ?? 0)}`,
    })
  }
  const sides = [
    { name: 'train', share: train },
    { name: 'val', share: val },
  ]
  return test === undefined ? sides : [...sides, { name: 'test', share: test }]
}

async function probesOf(
  { dataset, images }: LabelledSplit,
  source: string,
  losses: Losses,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ImageProbe> | undefined> {
  if (images === undefined) {
    losses.note(
      'images not found, so that those that look the same may part (give their folder with --images)',
      source,
    )
    return undefined
  }
  const names = dataset.images.map(({ fileName }) => fileName)
  const probes = await probeFolder(images, names, signal)
  for (const [name, probe] of probes)
    if (probe.kind !== 'image') losses.note(`images ${probe.kind}, which nothing was compared with`, name)
  return probes
}

/** Images and objects, of one category where it is given: then of images those that have it. */
function countsOf(dataset: Dataset, categoryId?: number): { images: number; objects: number } {
  const counts = dataset.images.map(({ id }) => {
    const own = annotationsOf(dataset, id)
    return categoryId === undefined ? own.length : own.filter((one) => one.categoryId === categoryId).length
  })
  const images = categoryId === undefined ? counts.length : counts.filter((count) => count > 0).length
  return { images, objects: counts.reduce((sum, count) => sum + count, 0) }
}

function groupCounts(groups: readonly number[]): SplitReport['groups'] {
  const sizes = new Map<number, number>()
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  return { count: sizes.size, largest: Math.max(...sizes.values()) }
}

function* splitText({ source, sides, categories, groups, likePairs, ...losses }: SplitReport) {
  const images = sides.reduce((sum, side) => sum + side.images, 0)
  yield `${source}: ${images} images in ${groups.count} groups, the largest of ${groups.largest}`
  if (likePairs !== null) yield `Pairs of images that look the same, kept together: ${likePairs}`
  yield* table([
    ['images / objects', ...sides.map(({ name }) => name)],
    ...categories.map(({ name, sides: own }) => [name, ...sides.map((side) => pair(own[side.name]))]),
    ['all', ...sides.map(pair)],
    ['share of images', ...sides.map((side) => `${((100 * side.images) / images).toFixed(1)} %`)],
  ])
  yield `Written: ${sides.map(({ file }) => file).join(', ')}`
  yield* lossText(losses)
}

function pair({ images, objects }: { readonly images: number; readonly objects: number }): string {
  return `${images} / ${objects}`
}
