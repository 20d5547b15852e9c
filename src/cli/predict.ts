import { Command } from 'commander'
import type { Intensity, ReadingOptions } from '../data/image-reading.ts'
import type { Augmentation } from '../predict/augmentation.ts'
import { EXPORT_FORMATS, type ExportFormat, OUTLINES } from '../predict/export/export-choices.ts'
import { COLOURINGS, LABELLINGS, type RenderOptions } from '../predict/render.ts'
import type { Device } from '../runtime/session.ts'
import { MODEL_HELP } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import {
  deviceFlag,
  distance,
  jsonFlag,
  listOf,
  oneOf,
  pixelSize,
  type TileFlag,
  threadsFlag,
  wholeNumber,
  workersFlag,
} from './flags.ts'
import { addImageFlags, addReadingFlags } from './image-flags.ts'
import { PREDICT_PRECISIONS, type PredictPrecision, predictFiles, throwFailures } from './predict-files.ts'
import { listInputs, passedOverLine } from './predict-inputs.ts'
import { pixelSizeLines, printPredictionJson, printPredictionLines } from './predict-report.ts'
import { say } from './print.ts'

interface PredictFlags {
  readonly model: string
  readonly recursive?: boolean
  readonly annotations?: string
  readonly score: number
  readonly max?: number
  readonly tile: TileFlag
  readonly overlap?: number
  readonly tta?: Augmentation
  readonly intensity?: Intensity
  readonly page?: number | 'all'
  readonly channel?: ReadingOptions['channels']
  readonly out: string
  readonly format?: readonly ExportFormat[]
  readonly outline: (typeof OUTLINES)[number]
  readonly simplify: number
  readonly measure?: boolean
  readonly pixelSize?: number
  readonly overlay: boolean
  readonly labels: RenderOptions['labels']
  readonly color: RenderOptions['color']
  readonly lineWidth?: number
  readonly precision: PredictPrecision
  readonly calibrate?: string
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly workers?: number
  readonly json?: boolean
}

export function predictCommand({ signal }: CommandContext): Command {
  const command = new Command('predict')
    .description('Segment images: writes an overlay for each and prints what was found.')
    .argument('<input...>', 'image files, folders, globs or URLs; - is an image on standard input')
    .requiredOption('--model <model>', MODEL_HELP)
  addInputFlags(command)
  addReadingFlags(command)
  addImageFlags(command)
  addOutputFlags(command)
  return command
    .optionsGroup('Running:')
    .addOption(deviceFlag())
    .option(
      '--precision <precision>',
      'fp32, or int8: layers that bear it are computed with eight bits, faster; says what that costs, and keeps the model for the next time',
      oneOf(PREDICT_PRECISIONS),
      'fp32',
    )
    .option('--calibrate <folder>', 'for int8: images like those to be segmented (default: some of those)')
    .addOption(threadsFlag())
    .addOption(workersFlag())
    .addHelpText('after', EXAMPLES)
    .action(async (inputs: string[], flags: PredictFlags) => {
      requirePossible(command, flags)
      const { intensity, channel: channels } = flags
      const { images, passedOver, missing } = await listInputs(inputs, { ...flags, channels })
      const passed = passedOverLine(passedOver)
      if (passed) say(passed)
      if (missing) {
        const [verb, of] = [
          missing.images === 1 ? 'is' : 'are',
          `${missing.of} images in ${flags.annotations}`,
        ]
        say(`${missing.images} of the ${of} ${verb} not among the inputs`)
      }
      const { format: formats = [], outline, simplify, overlay, labels, color, lineWidth } = flags
      const results = await predictFiles(
        images,
        {
          ...flags,
          formats,
          exports: { outline, simplify },
          overlay: overlay ? { labels, color, ...(lineWidth && { lineWidth }) } : undefined,
          reading: { intensity, channels },
        },
        signal,
      )
      for (const line of pixelSizeLines(results)) say(line)
      if (flags.json) printPredictionJson(flags.model, results, passedOver)
      else printPredictionLines(results)
      throwFailures(results)
    })
}

/** Ends where flags are given that do not go together. */
function requirePossible(
  command: Command,
  { annotations, page, precision, calibrate, tta, device }: PredictFlags,
): void {
  if (annotations !== undefined && page !== undefined) {
    command.error('--page cannot go with --annotations, which list whole files: leave one of them out')
  }
  if (precision !== 'int8') {
    if (calibrate !== undefined) command.error('--calibrate is for --precision int8')
    return
  }
  if (tta) command.error('--tta looks at images with float32: leave --precision int8 out, or --tta')
  if (device !== 'cpu') command.error('--precision int8 is for the CPU: leave --device out')
}

const EXAMPLES = `
Examples:
  $ maskwright predict cells/*.png --model nuclei --score 0.6 --format coco
  $ maskwright predict photos --model runs/mine --precision int8
  $ maskwright predict cells --recursive --model nuclei --format labels,imagej`

/** Which images are taken. */
function addInputFlags(command: Command): void {
  command
    .optionsGroup('Images:')
    .option('--recursive', 'take the images in the folders of a folder as well')
    .option(
      '--annotations <file>',
      'take only the images that this COCO file lists, with its ids, so that "evaluate --results" can compare',
    )
}

/** What is written. */
function addOutputFlags(command: Command): void {
  command
    .optionsGroup('Output:')
    .option('--out <folder>', 'where overlays and exports go', 'predictions')
    .option(
      '--format <formats>',
      `also write the instances as ${EXPORT_FORMATS.join(', ')}, or several with commas between them`,
      listOf(EXPORT_FORMATS),
    )
    .option(
      '--outline <kind>',
      'outlines in coco, yolo-seg, labelme, geojson and imagej: smooth, or pixels for the exact corners of pixels',
      oneOf(OUTLINES),
      'smooth',
    )
    .option(
      '--simplify <px>',
      'leave out points of outlines that lie within so many pixels of the rest',
      distance,
      0,
    )
    .option(
      '--measure',
      'measure every object: area, perimeter, axes, intensity; in measurements.csv and in --json',
    )
    .option(
      '--pixel-size <length>',
      'side of a pixel, such as 0.5um, for measurements in micrometres (default: what a TIFF file says)',
      pixelSize,
    )
    .option('--no-overlay', 'write no overlays')
    .option(
      '--labels <kind>',
      'what overlays say at each object: none, score, class, or auto: where it covers nothing',
      oneOf(LABELLINGS),
      'auto',
    )
    .option(
      '--color <by>',
      'colours on overlays: instance, neighbours differ; class, one for each',
      oneOf(COLOURINGS),
      'instance',
    )
    .option(
      '--line-width <px>',
      'width of outlines on overlays (default: by the size of the picture)',
      wholeNumber,
    )
    .addOption(jsonFlag())
}
