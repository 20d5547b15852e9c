import { Command, Option } from 'commander'
import {
  type Bin,
  type DatasetStatistics,
  type Distribution,
  datasetStatistics,
} from '../../data/statistics.ts'
import type { FormatName } from '../../formats/format.ts'
import type { CommandContext } from '../command-context.ts'
import { jsonFlag } from '../flags.ts'
import { printJson, printLine } from '../print.ts'
import { FORMAT_CHOICES, readLabelled } from './labelled-source.ts'
import { table } from './text-table.ts'

interface StatsFlags {
  readonly from: FormatName | 'auto'
  readonly images?: string
  readonly json?: boolean
}

export function statsCommand({ signal }: CommandContext): Command {
  return new Command('stats')
    .description('Count labelled data: images, objects, sizes and shapes, by category.')
    .argument('<source...>', 'COCO files, or data in another format')
    .addOption(new Option('--from <format>', 'format of the data').choices(FORMAT_CHOICES).default('auto'))
    .option('--images <folder>', 'where the images are, for formats that need their sizes')
    .addOption(jsonFlag())
    .addHelpText('after', '\nExample:\n  $ maskwright data stats train.json val.json')
    .action(async (sources: string[], { json, ...flags }: StatsFlags) => {
      const splits = []
      for (const source of sources) splits.push(...(await readLabelled(source, { ...flags, signal })))
      const statistics = splits.map(({ name, dataset }) => ({ name, ...datasetStatistics(dataset) }))
      if (json) printJson({ splits: statistics })
      else for (const line of statistics.flatMap((split) => [...statsText(split)])) printLine(line)
    })
}

const MOST_SIZES = 5
const BAR = 40

/** Tables and histograms as lines. */
function* statsText(stats: DatasetStatistics & { readonly name: string }): Generator<string> {
  yield stats.name
  yield* table([
    [
      'images',
      `${stats.images}`,
      `${stats.emptyImages} without annotations (${percent(stats.emptyImages, stats.images)})`,
    ],
    [
      'objects',
      `${stats.objects}`,
      `and ${stats.crowds} crowds (${percent(stats.crowds, stats.objects + stats.crowds)})`,
    ],
    ['categories', `${stats.categories.length}`, ''],
  ])
  yield '\nDistributions'
  yield* table([
    ['', 'min', 'median', 'mean', 'max'],
    ['image width', ...distributionCells(stats.imageWidth)],
    ['image height', ...distributionCells(stats.imageHeight)],
    ['objects per image', ...distributionCells(stats.objectsPerImage)],
    ['object side, √area', ...distributionCells(stats.side)],
    ['box width / height', ...distributionCells(stats.aspectRatio)],
  ])
  yield `\nImage sizes${stats.imageSizes.length > MOST_SIZES ? `, the ${MOST_SIZES} most frequent of ${stats.imageSizes.length}` : ''}`
  yield* bars(
    stats.imageSizes.slice(0, MOST_SIZES).map(({ width, height, count }) => [`${width} x ${height}`, count]),
    stats.images,
  )
  yield '\nObjects per image'
  yield* bars(wholeBins(stats.objectsPerImage.histogram), stats.images)
  yield '\nObject sides, square root of the area in pixels'
  yield* bars(bins(stats.side.histogram), stats.objects)
  yield '\nBox width / height'
  yield* bars(bins(stats.aspectRatio.histogram), stats.objects)
  yield '\nCategories'
  yield* table([
    ['id', 'name', 'objects', 'share', 'images', 'crowds', 'small', 'medium', 'large', 'median side'],
    ...stats.categories.map(({ id, name, objects, images, crowds, sizes, medianSide }) => [
      ...[`${id}`, name, `${objects}`, percent(objects, stats.objects), `${images}`, `${crowds}`],
      ...[sizes.small, sizes.medium, sizes.large].map((count) => percent(count, objects)),
      medianSide === null ? '-' : number(medianSide),
    ]),
  ])
  yield '  small: area below 32² pixels, large: from 96²'
  yield ''
}

function distributionCells({ min, median, mean, max }: Distribution): string[] {
  return [min, median, mean, max].map((value) => (value === null ? '-' : number(value)))
}

function number(value: number): string {
  return Number.isInteger(value)
    ? `${value}`
    : value >= 100
      ? value.toFixed(0)
      : value.toFixed(value >= 10 ? 1 : 2)
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`
}

/** `2-4` for counts. */
function wholeBins(histogram: readonly Bin[]): [string, number][] {
  return trimmed(histogram).map(({ from, to, count }) => [
    to === null ? `${from} or more` : to - from === 1 ? `${from}` : `${from}-${to - 1}`,
    count,
  ])
}

function bins(histogram: readonly Bin[]): [string, number][] {
  return trimmed(histogram).map(({ from, to, count }) => [
    to === null ? `from ${number(from)}` : `${number(from)} to ${number(to)}`,
    count,
  ])
}

/** Without the empty bins at both ends. */
function trimmed(histogram: readonly Bin[]): readonly Bin[] {
  const first = histogram.findIndex(({ count }) => count > 0)
  return first < 0 ? [] : histogram.slice(first, histogram.findLastIndex(({ count }) => count > 0) + 1)
}

function* bars(rows: readonly (readonly [label: string, count: number])[], total: number): Generator<string> {
  const most = Math.max(...rows.map(([, count]) => count))
  const labels = Math.max(...rows.map(([label]) => label.length))
  const counts = `${most}`.length
  for (const [label, count] of rows) {
    // Something that is there shows at least a dot.
    const bar = '#'.repeat(Math.round((BAR * count) / most)) || (count > 0 ? '.' : '')
    yield `  ${label.padEnd(labels)}  ${`${count}`.padStart(counts)}  ${percent(count, total).padStart(7)}  ${bar}`.trimEnd()
  }
}
