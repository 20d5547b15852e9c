import { Command, InvalidArgumentError } from 'commander'
import { MODEL_HELP } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import { printFigures, printFiguresJson } from './evaluate-figures.ts'
import type { EvaluateFlags } from './evaluate-flags.ts'
import { checkReport, writeReport } from './evaluate-report.ts'
import { evaluateModel, evaluateResults } from './evaluate-sources.ts'
import {
  channelFlag,
  deviceFlag,
  intensityFlag,
  jsonFlag,
  listOf,
  maxFlag,
  overlapFlag,
  pageNumber,
  threadsFlag,
  tileFlag,
  ttaFlag,
  workersFlag,
} from './flags.ts'

/** Flags of how a model looks at images: with results they would change nothing. */
const OF_MODELS = ['max', 'tile', 'overlap', 'device', 'workers', 'tta']

/** Detections per image and category in COCO's own figures. */
const COCO_LIMIT = 100

export function evaluateCommand({ signal }: CommandContext): Command {
  return new Command('evaluate')
    .description(
      "Average precision and recall as COCO's own tool computes them, of a model or of a results file.",
    )
    .option('--model <model>', MODEL_HELP)
    .option('--images <folder>', 'folder of the images that the annotations name')
    .option('--results <file>', 'COCO results array, instead of a model')
    .requiredOption('--annotations <file>', 'COCO annotations')
    .option(
      '--iou <kinds>',
      'bbox, segm, boundary, keypoints (default: bbox, segm and keypoints, as far as the model makes them; of results the most that the first entry has: segm, else keypoints, else bbox)',
      listOf(['bbox', 'segm', 'boundary', 'keypoints'] as const),
    )
    .option(
      '--sigmas <numbers>',
      "how far off each keypoint may be, per square root of the object's area: one number for all, or one for each (default: COCO's for 17 keypoints, else 0.05)",
      sigmas,
    )
    .option(
      '--report <file>',
      'also write a web page: tables, curves, kinds of errors, and the worst cases drawn (with --images on their pictures)',
    )
    .option(
      '--max-detections <n>',
      'also evaluate up to n detections an image and category, beyond the 100 of COCO',
      beyondCoco,
    )
    .option('--per-class', 'also the figures of each category')
    .addOption(maxFlag())
    .addOption(tileFlag())
    .addOption(overlapFlag())
    .addOption(ttaFlag())
    .addOption(intensityFlag())
    .option('--page <n>', 'which page of images that have several, counted from 1', pageNumber)
    .addOption(channelFlag())
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .addOption(workersFlag())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright evaluate --model nuclei --images val --annotations val.json --report report.html' +
        '\n  $ maskwright evaluate --results results.json --annotations val.json --iou segm --per-class',
    )
    .action(async (flags: EvaluateFlags, command: Command) => {
      const { model, results, images, annotations, report: path } = flags
      if (Boolean(model) === Boolean(results)) {
        command.error('either --model with --images or --results is needed')
      }
      if (model && !images) command.error('--model needs --images, the folder of the annotated images')
      for (const flag of OF_MODELS) {
        if (results && command.getOptionValueSource(flag) === 'cli') {
          command.error(`--${flag} is for a --model: results are evaluated as they are`)
        }
      }
      const report =
        path === undefined ? undefined : { path, subject: model ?? results ?? '', annotations, images }
      if (report) await checkReport(report)
      const evaluated = model
        ? await evaluateModel(model, flags, signal)
        : await evaluateResults(results ?? '', flags, signal)
      if (flags.json) await printFiguresJson(evaluated, flags)
      else await printFigures(evaluated, flags)
      if (report) await writeReport(report, evaluated, signal)
    })
}

function sigmas(text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (values.every((value) => value > 0 && value < Number.POSITIVE_INFINITY)) return values
  throw new InvalidArgumentError('Expected numbers above 0, such as 0.05 or 0.03,0.05,0.05.')
}

function beyondCoco(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > COCO_LIMIT) return value
  throw new InvalidArgumentError(
    `Expected a whole number above ${COCO_LIMIT}: COCO's figures at 1, 10 and 100 are always there.`,
  )
}
