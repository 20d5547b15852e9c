import { Command } from 'commander'
import type { Intensity, ReadingOptions } from '../data/image-reading.ts'
import { isVideoSource } from '../node/video/video-source.ts'
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
  numberFromZero,
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
  readonly every: number
  readonly from?: number
  readonly to?: number
  readonly track: boolean
  readonly trackLost?: number
  readonly precision: PredictPrecision
  readonly calibrate?: string
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly workers?: number
  readonly json?: boolean
}

export function predictCommand({ signal }: CommandContext): Command {
  const command = new Command('predict')
    .description('Segment images and videos: writes an overlay for each and prints what was found.')
    .argument(
      '<input...>',
      'image files, folders, globs or URLs; - is an image on standard input; video files, /dev/video0 or rtsp: URLs',
    )
    .requiredOption('--model <model>', MODEL_HELP)
  addInputFlags(command)
  addReadingFlags(command)
  addImageFlags(command)
  addOutputFlags(command)
  addVideoFlags(command)
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
      const { labels, color, lineWidth } = flags
      const overlay = flags.overlay ? { labels, color, ...(lineWidth && { lineWidth }) } : undefined
      if (areVideos(command, inputs)) {
        // Read when it is asked for.
        const { predictVideos } = await import('./predict-videos.ts')
        return predictVideos(inputs, { ...flags, lost: flags.trackLost, overlay }, signal)
      }
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
      const { format: formats = [], outline, simplify } = flags
      const results = await predictFiles(
        images,
        {
          ...flags,
          formats,
          exports: { outline, simplify },
          overlay,
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

const IMAGES_ALONE = [
  ...['recursive', 'annotations', 'intensity', 'page', 'channel', 'format', 'outline', 'simplify', 'measure'],
  ...['pixelSize', 'precision', 'calibrate'],
]
const VIDEOS_ALONE = ['every', 'from', 'to', 'track', 'trackLost']

/** Whether the inputs are videos; ends where they are both, and for flags of the other kind. */
function areVideos(command: Command, inputs: readonly string[]): boolean {
  const videos = inputs.filter(isVideoSource).length
  if (videos > 0 && videos < inputs.length) {
    command.error('videos and images cannot go together: give the videos to a run of their own')
  }
  const refused = command.options.find((option) => {
    const name = option.attributeName()
    const isOfOthers = (videos > 0 ? IMAGES_ALONE : VIDEOS_ALONE).includes(name)
    return isOfOthers && command.getOptionValueSource(name) === 'cli'
  })
  if (refused) command.error(`${refused.long} is for ${videos > 0 ? 'images' : 'videos'}`)
  const { from = 0, to } = command.opts<PredictFlags>()
  if (to !== undefined && to <= from) command.error(`--to must come after --from, which is ${from}`)
  return videos > 0
}

const EXAMPLES = `
Examples:
  $ maskwright predict cells/*.png --model nuclei --score 0.6 --format coco
  $ maskwright predict photos --model runs/mine --precision int8
  $ maskwright predict clip.mp4 --model runs/mine --every 2
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

/** What is special to videos. */
function addVideoFlags(command: Command): void {
  command
    .optionsGroup('Videos, read with ffmpeg:')
    .option('--every <n>', 'look at every n-th frame', wholeNumber, 1)
    .option('--from <seconds>', 'begin so many seconds after the start', distance)
    .option('--to <seconds>', 'end so many seconds after the start', distance)
    .option('--no-track', 'look at each frame for itself, without numbers for objects that stay')
    .option(
      '--track-lost <frames>',
      'keep the number of an object that is not seen for so many frames (default: 30)',
      numberFromZero,
    )
}
