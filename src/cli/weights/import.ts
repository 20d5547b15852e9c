import { basename } from 'node:path'
import { Command } from 'commander'
import { type ImportedWeights, importWeights } from '../../models/import-weights.ts'
import { decodeModelFile } from '../../models/model-file.ts'
import type { Category } from '../../models/model-metadata.ts'
import { PRESETS } from '../../models/presets.ts'
import { checkWritable, loadFile, writeFileAtomic } from '../../node/files.ts'
import { openWeights } from '../../node/weights-files.ts'
import { type ConventionName, WHOLE_MODEL_CONVENTIONS } from '../../weights/conventions.ts'
import { PUBLISHED } from '../../weights/published/published-table.ts'
import { fileNameOf } from '../../weights/published/published-weights.ts'
import type { CommandContext } from '../command-context.ts'
import { distance, jsonFlag, oneOf } from '../flags.ts'
import { printJson, printLine } from '../print.ts'
import { readCategories } from './categories.ts'

interface ImportFlags {
  readonly architecture: string
  readonly categories?: string
  readonly out: string
  readonly convention?: ConventionName
  readonly precision: 'fp32' | 'fp16'
  readonly normEpsilon?: number
  readonly scalePrecision?: 'float64' | 'float32'
  readonly member?: string
  readonly licence?: string
  readonly source?: string
  readonly json?: boolean
}

export function importCommand(_: CommandContext): Command {
  return new Command('import')
    .description(
      'Make a model of published weights, which predicts, trains and exports like any other. Every weight must fit: those of ' +
        'another model are refused.',
    )
    .argument(
      '<file>',
      'a .safetensors, .pth, .pt, .bin or .pkl file, an index of shards, or a folder of a model hub',
    )
    .requiredOption(
      '--architecture <model>',
      'the preset that the weights are of ("weights inspect" tells the likeliest), or a model file that has the same architecture',
    )
    .requiredOption('--out <file>', 'the model file, .safetensors')
    .option(
      '--categories <names>',
      'coco, a COCO file, or a text file with a name on every line, in the order of the labels (default: those of the model file)',
    )
    .option(
      '--convention <name>',
      'whose names the weights have (default: recognised by them)',
      oneOf(WHOLE_MODEL_CONVENTIONS),
    )
    .option(
      '--precision <precision>',
      'fp16: weights take half the room in the file and are computed with as float32',
      oneOf(['fp32', 'fp16'] as const),
      'fp32',
    )
    .option(
      '--norm-epsilon <number>',
      "epsilon of the body's frozen norms: 0 for torchvision's first models on COCO, which are known by the names of their files, and what was trained from them",
      distance,
    )
    .option(
      '--scale-precision <type>',
      "in which numbers the size is computed that pictures are resized to: float32 for weights that are to give the numbers of torchvision before 0.16 (default: the architecture's, float64 for presets)",
      oneOf(['float64', 'float32'] as const),
    )
    .option('--member <name>', 'which weights of a checkpoint that holds several, such as model_ema')
    .option('--licence <text>', 'licence of the weights, for the model file')
    .option('--source <text>', 'where they come from, for the model file (default: the name of the file)')
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      '\nExamples:\n  $ maskwright weights import maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth --architecture maskrcnn_resnet50_fpn ' +
        '--categories coco --out mask-rcnn.safetensors' +
        '\n  $ maskwright weights import continued.pth --architecture mine.safetensors --out continued.safetensors',
    )
    .action(async (path: string, flags: ImportFlags, command: Command) => {
      const { out, convention, precision, member, json } = flags
      if (!/\.safetensors$/i.test(out)) command.error('--out must end in .safetensors')
      await checkWritable(out)
      const { architecture, categories } = await modelOf(flags, command)
      const file = await openWeights(path, { member })
      try {
        const known = PUBLISHED.find((weights) => weights.digest && fileNameOf(weights) === basename(path))
        const imported = await importWeights(file, {
          ...{ architecture, categories, convention },
          normEpsilon: flags.normEpsilon ?? known?.normEpsilon,
          scalePrecision: flags.scalePrecision,
          licence: flags.licence ?? known?.licence.name ?? 'not stated',
          source: flags.source ?? known?.url ?? basename(path),
          float16: precision === 'fp16',
        })
        await writeFileAtomic(out, imported.bytes)
        if (json) printJson(documentOf(out, imported))
        else for (const line of linesOf(out, imported)) printLine(line)
      } finally {
        await file.close()
      }
    })
}

async function modelOf({ architecture, categories }: ImportFlags, command: Command) {
  const preset = Object.hasOwn(PRESETS, architecture) ? PRESETS[architecture]() : undefined
  if (preset) {
    if (categories === undefined)
      command.error('a preset needs --categories: coco, or a file that names them')
    return { architecture, categories: await readCategories(categories, preset) }
  }
  if (!/[./\\]/.test(architecture)) return { architecture, categories: [] as readonly Category[] }
  const { metadata } = decodeModelFile(await loadFile(architecture), architecture)
  return {
    architecture: metadata.architecture,
    categories: categories ? await readCategories(categories, metadata.architecture) : metadata.categories,
  }
}

function* linesOf(out: string, { bytes, architecture, convention, weights, dropped }: ImportedWeights) {
  const { model, numClasses, backbone } = architecture
  const classes = numClasses === 2 ? '1 category' : `${numClasses - 1} categories`
  yield `${out}: ${model}, ${backbone.name}, ${classes}, ${(bytes.length / 1e6).toFixed(1)} MB`
  yield `  ${weights} weights by the names of ${convention}; no weights: ${dropped.length === 0 ? 'none' : `${dropped.length} (${dropped[0]}${dropped.length > 1 ? ', …' : ''})`}`
  if (backbone.norm.kind === 'frozenBatchNorm') yield `  norms of the body: epsilon ${backbone.norm.epsilon}`
}

function documentOf(out: string, { bytes, ...rest }: ImportedWeights) {
  return { file: out, bytes: bytes.length, ...rest }
}
