import { basename, join } from 'node:path'
import { Command } from 'commander'
import { decodeImage } from '../node/decode-image.ts'
import { encodeLabelled } from '../node/draw-labels.ts'
import { listImages, makeFolder, writeFileAtomic } from '../node/files.ts'
import { nodePlatform } from '../node/platform.ts'
import { EXPORT_FORMATS, type ExportFormat, exportPredictions } from '../predict/export.ts'
import { imageNames } from '../predict/image-names.ts'
import type { Prediction } from '../predict/predictor.ts'
import { renderOverlay } from '../predict/render.ts'
import { loadSegmenter } from '../predict/segmenter.ts'
import { predictionJson } from '../predict/to-json.ts'
import type { Device } from '../runtime/session.ts'
import { deviceFlag, jsonFlag, oneOf, probability, threadsFlag, wholeNumber } from './flags.ts'
import type { CommandContext } from './main.ts'
import { printJson, printLine, say } from './print.ts'
import { startProgress } from './progress.ts'

export interface PredictFlags {
  readonly model: string
  readonly score: number
  readonly max?: number
  readonly out: string
  readonly format?: ExportFormat
  readonly overlay: boolean
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly json?: boolean
}

/** One image and what was found on it. */
export interface PredictedFile {
  readonly file: string
  readonly prediction: Prediction
}

export function predictCommand({ signal }: CommandContext): Command {
  return new Command('predict')
    .description('Segment images: writes an overlay for each and prints what was found.')
    .argument('<input...>', 'image files, folders or globs')
    .requiredOption('--model <model>', 'name of a bundled model, or a model file')
    .option('--score <score>', 'leave out instances below this score', probability, 0.5)
    .option('--max <n>', 'at most this many instances per image', wholeNumber)
    .option('--out <folder>', 'where overlays and exports go', 'predictions')
    .option(
      '--format <format>',
      `also write the instances as ${EXPORT_FORMATS.join(', ')}`,
      oneOf(EXPORT_FORMATS),
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
      const predicted = await predictFiles(files, flags, signal)
      if (flags.json)
        printJson({ model: flags.model, images: predicted.map((p) => predictionJson(p.file, p.prediction)) })
      else for (const line of predicted.map(summaryLine)) printLine(line)
    })
}

/** Segments files one after another; overlays and exports are written to `flags.out`. */
export async function predictFiles(
  files: readonly string[],
  flags: PredictFlags,
  signal: AbortSignal,
): Promise<PredictedFile[]> {
  const segmenter = await loadSegmenter(nodePlatform, flags.model, {
    device: flags.device,
    threads: flags.threads,
  })
  const predicted: PredictedFile[] = []
  const progress = startProgress(files.length, 'images')
  const overlayNames = imageNames(files)
  try {
    if (flags.overlay || flags.format) await makeFolder(flags.out)
    for (const [i, file] of files.entries()) {
      const image = await decodeImage(file)
      const prediction = await segmenter.segment(image, { score: flags.score, max: flags.max, signal })
      if (flags.overlay) {
        const overlay = renderOverlay(image, prediction.instances)
        await writeFileAtomic(
          join(flags.out, `${overlayNames[i]}.png`),
          await encodeLabelled(overlay, overlay.labels),
        )
      }
      predicted.push({ file, prediction })
      progress.step(i + 1, basename(file))
    }
    if (flags.format) {
      for (const { name, content } of exportPredictions(flags.format, predicted, segmenter.categories)) {
        await writeFileAtomic(join(flags.out, name), content)
      }
    }
  } finally {
    progress.end()
    await segmenter.dispose()
  }
  if (flags.overlay)
    say(`${files.length === 1 ? 'The overlay is' : `${files.length} overlays are`} in ${flags.out}`)
  return predicted
}

async function listInputs(inputs: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(inputs.map(listImages))
  return [...new Set(lists.flat())]
}

/** `cells.png: 24 nucleus, mean area 310 px, 82 ms`. */
export function summaryLine({ file, prediction: { instances, milliseconds } }: PredictedFile): string {
  const counts = new Map<string, number>()
  for (const { category } of instances) counts.set(category, (counts.get(category) ?? 0) + 1)
  const found = [...counts].sort((a, b) => b[1] - a[1]).map(([category, count]) => `${count} ${category}`)
  const areas = instances.flatMap(({ mask }) => (mask ? [mask.area] : []))
  const mean = areas.length
    ? `, mean area ${Math.round(areas.reduce((a, b) => a + b, 0) / areas.length)} px`
    : ''
  return `${basename(file)}: ${found.join(', ') || 'nothing found'}${mean}, ${Math.round(milliseconds)} ms`
}
