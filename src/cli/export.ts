import { basename, dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { OPSETS } from '../graph/to-onnx.ts'
import { type ExportedFile, exportModel } from '../models/exported-model.ts'
import type { ModelFile } from '../models/model-file.ts'
import { tritonConfig } from '../models/triton-config.ts'
import { allOrNone } from '../node/file-transaction.ts'
import { checkWritable, writeFileAtomic } from '../node/files.ts'
import { createSession } from '../node/session.ts'
import { loadChosenFile } from './chosen-file.ts'
import { MODEL_FILE_HELP } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import { jsonFlag, oneOf, wholeNumber } from './flags.ts'
import { printJson, printLine } from './print.ts'
import { startProgress } from './progress.ts'

interface ExportFlags {
  readonly model: string
  readonly out?: string
  readonly triton?: string
  readonly precision: 'fp32' | 'fp16'
  readonly opset: number
  readonly nativeRoiAlign?: boolean
  readonly paste?: boolean
  readonly raw?: boolean
  readonly batch?: number
  readonly max?: number
  readonly json?: boolean
}

const STAGES = ['building', 'folding', 'encoding'] as const

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
      'fp16: weights take half the room in the file and are computed with as float32',
      oneOf(['fp32', 'fp16'] as const),
      'fp32',
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
        '\n  $ maskwright export --model nuclei --triton repository/nuclei' +
        '\n  $ maskwright predict cells --model nuclei.onnx',
    )
    .action(
      async ({ model, out, triton, nativeRoiAlign, json, ...options }: ExportFlags, command: Command) => {
        if (Boolean(out) === Boolean(triton)) command.error('either --out or --triton is needed')
        if (out && !/\.onnx$/i.test(out)) command.error('--out must end in .onnx')
        const target = out ?? join(triton!, TRITON_MODEL)
        if (out) await checkWritable(out)
        const file = await loadChosenFile(model, signal)
        const progress = startProgress(STAGES.length, 'stages')
        try {
          const exported = await exportModel(file, createSession, {
            ...options,
            roiAlign: nativeRoiAlign ? 'native' : 'gather',
            onStage: (stage) => progress.step(STAGES.indexOf(stage), stage),
          })
          await (triton ? writeTriton(triton, exported) : writeFileAtomic(target, exported.bytes))
          progress.end()
          if (json) printJson(document(target, file, exported))
          else printLine(summary(target, file, exported))
        } finally {
          progress.end()
        }
      },
    )
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

function document(out: string, { metadata }: ModelFile, { settings, bytes, ...rest }: ExportedFile) {
  const { architecture, categories, licence } = metadata
  return {
    file: out,
    bytes: bytes.length,
    model: architecture.model,
    categories,
    licence,
    ...settings,
    ...rest,
  }
}
