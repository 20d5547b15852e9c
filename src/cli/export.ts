import { basename, dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { OPSETS } from '../graph/to-onnx.ts'
import {
  type ExportedFile,
  type ExportStage,
  exportModel,
  PRECISIONS,
  type Precision,
} from '../models/exported-model.ts'
import type { ModelFile } from '../models/model-file.ts'
import { tritonConfig } from '../models/triton-config.ts'
import { allOrNone } from '../node/file-transaction.ts'
import { checkWritable, writeFileAtomic } from '../node/files.ts'
import { createSession } from '../node/session.ts'
import { CALIBRATION_METHODS, type CalibrationMethod } from '../quantization/calibration-method.ts'
import {
  calibrationFiles,
  calibrationPictures,
  filePictures,
  type NamedPicture,
} from './calibration-pictures.ts'
import { loadChosenFile } from './chosen-file.ts'
import { MODEL_FILE_HELP } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import { jsonFlag, oneOf, wholeNumber } from './flags.ts'
import { costInAgreement, costInPrecision, costLines, type Int8Cost } from './int8-cost.ts'
import { printJson, printLine } from './print.ts'
import { startProgress } from './progress.ts'

interface ExportFlags {
  readonly model: string
  readonly out?: string
  readonly triton?: string
  readonly precision: Precision
  readonly calibrate?: string
  readonly calibration: CalibrationMethod
  readonly calibrationImages: number
  readonly annotations?: string
  readonly opset: number
  readonly nativeRoiAlign?: boolean
  readonly paste?: boolean
  readonly raw?: boolean
  readonly batch?: number
  readonly max?: number
  readonly json?: boolean
}

const STAGES = ['building', 'folding', 'calibrating', 'encoding'] as const
/** What goes with --precision int8 only. */
const OF_INT8 = ['calibration', 'calibrationImages', 'annotations']

export function exportCommand({ signal }: CommandContext): Command {
  return new Command('export')
    .description('Write a model as one ONNX file that any runtime of ONNX takes: an image in, instances out.')
    .requiredOption('--model <model>', MODEL_FILE_HELP)
    .option('--out <file>', 'the ONNX file')
    .option(
      '--triton <folder>',
      "instead of --out: a model of NVIDIA's Triton server, its configuration and version 1",
    )
    .option(
      '--precision <precision>',
      'fp16: weights take half the room in the file and are computed with as float32; int8: layers are computed with eight bits, which --calibrate prepares',
      oneOf(PRECISIONS),
      'fp32',
    )
    .option(
      '--calibrate <folder>',
      'for int8: images like those that the model will see, best of its training',
    )
    .option(
      '--calibration <method>',
      `which part of the numbers seen eight bits tell apart: ${CALIBRATION_METHODS.join(', ')}`,
      oneOf(CALIBRATION_METHODS),
      'percentile',
    )
    .option('--calibration-images <n>', 'at most so many of these images, evenly spread', wholeNumber, 32)
    .option(
      '--annotations <file>',
      'COCO annotations of images in the folder: tells the AP that eight bits cost on them, and calibrates on the others',
    )
    .option('--opset <n>', `version of ONNX's operators, ${OPSETS.least} to ${OPSETS.most}`, wholeNumber, 17)
    .option('--native-roi-align', "ONNX's own RoIAlign: a smaller graph, slower on ONNX Runtime's CPU")
    .option('--paste', 'masks at the size of the image, bool [detections, height, width]')
    .option('--raw', 'from a normalised batch to feature maps and what dense heads say of them')
    .option('--batch <n>', 'as many images of one size at once', wholeNumber)
    .option('--max <n>', 'room for this many instances, where the limit of the model is lower', wholeNumber)
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright export --model nuclei --out nuclei.onnx' +
        '\n  $ maskwright export --model runs/mine --out mine.onnx --precision fp16 --paste' +
        '\n  $ maskwright export --model nuclei --out nuclei.onnx --precision int8 --calibrate cells' +
        '\n  $ maskwright export --model nuclei --triton repository/nuclei' +
        '\n  $ maskwright predict cells --model nuclei.onnx',
    )
    .action(async (flags: ExportFlags, command: Command) => {
      const { model, out, triton, nativeRoiAlign, json, calibrate, annotations } = flags
      const { precision, opset, paste, raw, batch, max, calibration, calibrationImages } = flags
      if (Boolean(out) === Boolean(triton)) command.error('either --out or --triton is needed')
      if (out && !/\.onnx$/i.test(out)) command.error('--out must end in .onnx')
      if ((precision === 'int8') !== Boolean(calibrate))
        command.error('--precision int8 and --calibrate, a folder of images, go together')
      const odd = OF_INT8.find((flag) => command.getOptionValueSource(flag) === 'cli')
      if (odd && !calibrate)
        command.error(
          `--${odd.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)} is for --precision int8`,
        )
      const target = out ?? join(triton!, TRITON_MODEL)
      if (out) await checkWritable(out)
      const file = await loadChosenFile(model, signal)
      const calibrating =
        calibrate === undefined
          ? undefined
          : await calibrationFiles(calibrate, calibrationImages, annotations)
      const progress = startProgress(STAGES.length, 'stages')
      try {
        const onStage = (stage: ExportStage) => progress.step(STAGES.indexOf(stage), stage)
        const exported = await exportModel(file, createSession, {
          ...{ precision, opset, paste, raw, batch, max, onStage },
          roiAlign: nativeRoiAlign ? 'native' : 'gather',
          ...(calibrating && {
            calibration: {
              images: calibrationPictures(filePictures(calibrating, file.metadata), file.metadata),
              method: calibration,
              signal,
              onImage: (done, runs) => progress.step(2, `calibrating: run ${done} of ${runs}`),
            },
          }),
        })
        await (triton ? writeTriton(triton, exported) : writeFileAtomic(target, exported.bytes))
        progress.end()
        const compared = calibrating && filePictures(calibrating.slice(0, MOST_COMPARED), file.metadata)
        const cost = compared && (await int8Cost(exported, { ...flags, compared }, signal))
        if (json) printJson(document(target, file, exported, cost))
        else for (const line of [summary(target, file, exported), ...lines(exported, cost)]) printLine(line)
      } finally {
        progress.end()
      }
    })
}

/** Images that are looked at with float32 and with int8 where there are no annotations. */
const MOST_COMPARED = 8

/** What eight bits cost; a file of several images at once is nothing that our own commands take. */
async function int8Cost(
  { bytes, settings }: ExportedFile,
  {
    model,
    calibrate = '',
    compared,
    annotations,
  }: Pick<ExportFlags, 'model' | 'calibrate' | 'annotations'> & {
    readonly compared: readonly NamedPicture[]
  },
  signal: AbortSignal,
): Promise<Int8Cost | undefined> {
  if (settings.batch !== undefined) return undefined
  const both = { float: model, int8: bytes }
  return annotations
    ? costInPrecision(both, { images: calibrate, annotations }, signal)
    : costInAgreement(both, compared, {}, signal)
}

function lines({ settings: { quantization } }: ExportedFile, cost: Int8Cost | undefined): string[] {
  return quantization ? costLines(quantization, cost ?? {}) : []
}

/** Where Triton looks for the first version of a model. */
const TRITON_MODEL = join('1', 'model.onnx')

/** The folder of one model in a repository of Triton's, which goes by the folder's name. */
async function writeTriton(folder: string, exported: ExportedFile): Promise<void> {
  const config = tritonConfig(basename(resolve(folder)), exported)
  await allOrNone(async ({ makeFolder, put }) => {
    await makeFolder(dirname(join(folder, TRITON_MODEL)))
    await writeFileAtomic(join(folder, TRITON_MODEL), exported.bytes, { put })
    await writeFileAtomic(join(folder, 'config.pbtxt'), config, { put })
  })
}

function summary(
  out: string,
  { metadata }: ModelFile,
  { settings, bytes, nodes, inputs, outputs }: ExportedFile,
) {
  const { model, numClasses } = metadata.architecture
  const classes = numClasses === 2 ? '1 category' : `${numClasses - 1} categories`
  const size = `${(bytes.length / 1e6).toFixed(1)} MB`
  const names = (ports: readonly { readonly name: string }[]) => ports.map(({ name }) => name).join(', ')
  const ends = `${names(inputs)} -> ${outputs.length > 8 ? `${outputs.length} outputs` : names(outputs)}`
  return `${out}: ${model}, ${classes}, ${size}, opset ${settings.opset}, ${settings.precision}, ${nodes} nodes: ${ends}`
}

function document(
  out: string,
  { metadata }: ModelFile,
  { settings, bytes, ...rest }: ExportedFile,
  cost: Int8Cost | undefined,
) {
  const { architecture, categories, licence } = metadata
  return {
    file: out,
    bytes: bytes.length,
    model: architecture.model,
    categories,
    licence,
    ...settings,
    ...rest,
    ...(cost && { cost }),
  }
}
