import { Command, InvalidArgumentError, Option } from 'commander'
import { annotationsOf } from '../../data/dataset.ts'
import { type FilterRules, filterDataset } from '../../data/filter.ts'
import { Losses } from '../../data/losses.ts'
import type { FormatName } from '../../formats/format.ts'
import { allOrNone } from '../../node/file-transaction.ts'
import type { CommandContext } from '../command-context.ts'
import { jsonFlag, namesOf } from '../flags.ts'
import { printJson, printLine } from '../print.ts'
import { chosenSplit, FORMAT_CHOICES, readLabelled } from './labelled-source.ts'
import { lossText } from './loss-text.ts'
import { forceFlag, putCocoFile, requireVacant } from './targets.ts'

interface FilterFlags extends FilterRules {
  readonly out: string
  readonly imageFolder?: string
  readonly from: FormatName | 'auto'
  readonly split?: string
  readonly force?: boolean
  readonly json?: boolean
}

export function filterCommand({ signal }: CommandContext): Command {
  return new Command('filter')
    .description('Keep a part of labelled data, and say what was left out.')
    .argument('<source>', 'a COCO file, or data in another format')
    .requiredOption('--out <file>', 'the COCO file to write')
    .option('--categories <names>', 'keep these categories, separated by commas', namesOf)
    .option('--drop-categories <names>', 'leave these categories out, separated by commas', namesOf)
    .option('--min-area <px>', 'leave smaller annotations out: square pixels', area)
    .option('--max-area <px>', 'leave larger annotations out: square pixels', area)
    .option('--images <glob>', 'keep images of these names: "well-?/*.png", "b0*"')
    .option('--drop-empty', 'leave out images on which nothing is annotated')
    .option('--drop-crowds', 'leave out annotations of groups (iscrowd)')
    .option('--image-folder <folder>', 'where the images are, for formats that need their sizes')
    .addOption(new Option('--from <format>', 'format of the data').choices(FORMAT_CHOICES).default('auto'))
    .option('--split <name>', 'the split to filter, where the source has several')
    .addOption(forceFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExample:\n  $ maskwright data filter labels.json --out cells.json --categories cell --min-area 20 --drop-empty',
    )
    .action(async (source: string, flags: FilterFlags) => {
      await requireVacant([flags.out], flags)
      const losses = new Losses()
      const read = await readLabelled(source, { from: flags.from, images: flags.imageFolder, losses, signal })
      const { name, dataset } = chosenSplit(read, source, flags.split)
      const kept = filterDataset(dataset, flags, losses)
      await allOrNone((files) => putCocoFile(flags.out, kept, flags, files))
      const counts = [dataset, kept].map((one) => ({
        images: one.images.length,
        annotations: one.images.reduce((sum, { id }) => sum + annotationsOf(one, id).length, 0),
        categories: one.categories.length,
      }))
      const [before, after] = counts
      const { lost, changed, noted } = losses
      if (flags.json) printJson({ source: name, out: flags.out, before, after, lost, changed, noted })
      else {
        printLine(
          `${name} -> ${flags.out}: ${after.images} of ${before.images} images, ${after.annotations} of ` +
            `${before.annotations} annotations, ${after.categories} of ${before.categories} categories`,
        )
        for (const line of lossText(losses)) printLine(line)
        if (lost.length === 0) printLine('Nothing was left out.')
      }
    })
}

function area(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('Expected a number of at least 0.')
  return value
}
