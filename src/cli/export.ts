import { Command } from 'commander'
import { OPSETS } from '../graph/to-onnx.ts'
import { type ExportedFile, exportModel } from '../models/exported-model.ts'
import { decodeModelFile, type ModelFile } from '../models/model-file.ts'
import { checkWritable, writeFileAtomic } from '../node/files.ts'
import { loadModelBytes, modelOfRun } from '../node/package-files.ts'
import { createSession } from '../node/session.ts'
import type { CommandContext } from './command-context.ts'
import { jsonFlag, oneOf, wholeNumber } from './flags.ts'
import { printJson, printLine, say } from './print.ts'
import { startProgress } from './progress.ts'

interface ExportFlags {
  readonly model: string
  readonly out: string
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
    .requiredOption(
      '--model <model>',
      'name of a bundled model, a model file, or the folder of a training run',
    )
    .requiredOption('--out <file>', 'the ONNX file')
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
        '\n  $ maskwright predict cells --model nuclei.onnx',
    )
    .action(async ({ model, out, nativeRoiAlign, json, ...options }: ExportFlags, command: Command) => {
      if (!/\.onnx$/i.test(out)) command.error('--out must end in .onnx')
      await checkWritable(out)
      const where = modelOfRun(model) ?? model
      if (where !== model) say(`${model} is the folder of a run: its model is ${where}`)
      const file = decodeModelFile(await loadModelBytes(where, { signal }), where)
      const progress = startProgress(STAGES.length, 'stages')
      try {
        const exported = await exportModel(file, createSession, {
          ...options,
          roiAlign: nativeRoiAlign ? 'native' : 'gather',
          onStage: (stage) => progress.step(STAGES.indexOf(stage), stage),
        })
        await writeFileAtomic(out, exported.bytes)
        progress.end()
        if (json) printJson(document(out, file, exported))
        else printLine(summary(out, file, exported))
      } finally {
        progress.end()
      }
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
  const ends = `${inputs.join(', ')} -> ${outputs.length > 8 ? `${outputs.length} outputs` : outputs.join(', ')}`
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
