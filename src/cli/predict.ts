import { basename } from 'node:path'
import { Command } from 'commander'
import { listImages } from '../node/files.ts'
import { EXPORT_FORMATS, type ExportFormat, type PredictedImage } from '../predict/export.ts'
import { predictionJson } from '../predict/to-json.ts'
import type { Device } from '../runtime/session.ts'
import { MODEL_HELP } from './chosen-model.ts'
import {
  deviceFlag,
  jsonFlag,
  oneOf,
  overlapFlag,
  probability,
  type TileFlag,
  threadsFlag,
  tileFlag,
  wholeNumber,
} from './flags.ts'
import { imageIdsOf } from './image-ids.ts'
import type { CommandContext } from './main.ts'
import { predictFiles, throwFailures } from './predict-files.ts'
import { printJson, printLine } from './print.ts'

interface PredictFlags {
  readonly model: string
  readonly score: number
  readonly max?: number
  readonly tile: TileFlag
  readonly overlap?: number
  readonly out: string
  readonly format?: ExportFormat
  readonly annotations?: string
  readonly overlay: boolean
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly json?: boolean
}

export function predictCommand({ signal }: CommandContext): Command {
  return new Command('predict')
    .description('Segment images: writes an overlay for each and prints what was found.')
    .argument('<input...>', 'image files, folders or globs')
    .requiredOption('--model <model>', MODEL_HELP)
    .option('--score <score>', 'leave out instances below this score', probability, 0.5)
    .option(
      '--max <n>',
      'at most this many instances per image; above the limit of the model it makes room for them',
      wholeNumber,
    )
    .addOption(tileFlag())
    .addOption(overlapFlag())
    .option('--out <folder>', 'where overlays and exports go', 'predictions')
    .option(
      '--format <format>',
      `also write the instances as ${EXPORT_FORMATS.join(', ')}`,
      oneOf(EXPORT_FORMATS),
    )
    .option(
      '--annotations <file>',
      'with --format coco: take ids of images from this COCO file, so that "evaluate --results" can compare with it',
    )
    .option('--no-overlay', 'write no overlays')
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExample:\n  $ maskwright predict cells/*.png --model nuclei --score 0.6 --format coco',
    )
    .action(async (inputs: string[], flags: PredictFlags) => {
      const files = await listInputs(inputs)
      const imageIds =
        flags.annotations === undefined ? undefined : await imageIdsOf(files, flags.annotations)
      const result = await predictFiles(files, { ...flags, imageIds }, signal)
      if (result.predicted.length > 0) printPredicted(flags.model, result.predicted, flags.json)
      throwFailures(result)
    })
}

export function printPredicted(model: string, predicted: readonly PredictedImage[], json = false): void {
  if (json) printJson({ model, images: predicted.map((p) => predictionJson(p.file, p.prediction)) })
  else for (const line of predicted.map(summaryLine)) printLine(line)
}

async function listInputs(inputs: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(inputs.map(listImages))
  return [...new Set(lists.flat())]
}

/** `cells.png: 24 nucleus, mean area 310 px, 82 ms`. */
function summaryLine({ file, prediction: { instances, milliseconds } }: PredictedImage): string {
  const counts = new Map<string, number>()
  for (const { category } of instances) counts.set(category, (counts.get(category) ?? 0) + 1)
  const found = [...counts].sort((a, b) => b[1] - a[1]).map(([category, count]) => `${count} ${category}`)
  const areas = instances.flatMap(({ mask }) => (mask ? [mask.area] : []))
  const mean = areas.length
    ? `, mean area ${Math.round(areas.reduce((a, b) => a + b, 0) / areas.length)} px`
    : ''
  return `${basename(file)}: ${found.join(', ') || 'nothing found'}${mean}, ${Math.round(milliseconds)} ms`
}
