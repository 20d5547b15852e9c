import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Size } from '../geometry/boxes.ts'
import type { Device } from '../runtime/session.ts'
import { MODEL_HELP } from './chosen-model.ts'
import type { CommandContext } from './command-context.ts'
import { deviceFlag, jsonFlag, numberFromZero, probability, threadsFlag } from './flags.ts'
import { printJson, printLine } from './print.ts'
import { startProgress } from './progress.ts'

interface BenchFlags {
  readonly model?: string
  readonly preset?: string
  readonly image?: string
  readonly size?: Size
  readonly score?: number
  readonly rounds: number
  readonly device: Device | 'auto'
  readonly threads?: number
  readonly stages?: boolean
  readonly ops?: boolean
  readonly json?: boolean
  readonly fresh?: boolean
}

export function benchCommand({ signal }: CommandContext): Command {
  return new Command('bench')
    .description('Measure the speed and the memory of a model on this machine, and where its time goes.')
    .option('--model <model>', MODEL_HELP)
    .option(
      '--preset <name>',
      'instead of --model: an architecture with random weights, finding as many objects as it may',
    )
    .option('--image <file>', 'the image that is looked at (default: a bundled micrograph)')
    .option('--size <HxW>', 'cut the image or repeat it to this size, such as 800x1088', pixels)
    .option(
      '--score <score>',
      'leave out instances below this score (default: 0.5, and 0 with --preset)',
      probability,
    )
    .option('--rounds <n>', 'how often it is measured once it is warm', numberFromZero, 20)
    .addOption(deviceFlag())
    .addOption(threadsFlag())
    .option('--stages', 'a table of stages: decoding, preprocessing, backbone, ..., pasting')
    .option('--ops', 'a table of the kinds of ops in the network')
    .addOption(jsonFlag())
    .addOption(
      new Option('--fresh', 'print what this very process measures of itself: bench starts such').hideHelp(),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: BenchFlags, command: Command) => {
      if (Boolean(flags.model) === Boolean(flags.preset))
        command.error('either --model or --preset is needed')
      await (flags.fresh ? printFresh(flags) : bench(flags, command, signal))
    })
}

const EXAMPLES = `
Examples:
  $ maskwright bench --model nuclei --size 512x512 --stages
  $ maskwright bench --preset maskrcnn_resnet50_fpn --size 800x1088 --threads 2 --ops --json`

const SCORE = 0.5

async function bench(flags: BenchFlags, command: Command, signal: AbortSignal): Promise<void> {
  if (flags.rounds === 0) command.error('--rounds must be at least 1')
  const [{ measureModel, STEPS }, { prepareSubject }, { opTable, stageTable, summaryLine }] =
    await Promise.all([
      import('./bench/measure-model.ts'),
      import('./bench/subject.ts'),
      import('./bench/bench-report.ts'),
    ])
  const { temporaryFolder } = await import('../node/temporary-files.ts')
  const folder = temporaryFolder()
  const progress = startProgress(STEPS.length, 'steps')
  try {
    const score = flags.score ?? (flags.preset ? 0 : SCORE)
    const subject = await prepareSubject({ ...flags, score }, (name) => join(folder.path, name))
    const measured = await measureModel(subject, flags.rounds, {
      signal,
      onStep: (step) => progress.step(STEPS.indexOf(step), step),
    })
    progress.end()
    const name = flags.model ?? flags.preset!
    if (flags.json) printJson({ model: name, device: flags.device, threads: flags.threads, ...measured })
    else {
      printLine(summaryLine(name, measured))
      if (flags.stages) for (const line of stageTable(measured)) printLine(line)
      if (flags.ops) for (const line of opTable(measured)) printLine(line)
    }
  } finally {
    progress.end()
    await folder.remove()
  }
}

async function printFresh({
  model,
  image,
  score = SCORE,
  device,
  threads,
  rounds,
}: BenchFlags): Promise<void> {
  const { freshRun } = await import('./bench/fresh-run.ts')
  printJson(await freshRun({ model: model!, image: image!, score, device, threads }, rounds))
}

function pixels(text: string): Size {
  const [, height, width] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text) ?? []
  if (height === undefined)
    throw new InvalidArgumentError('Expected height and width in pixels, for example 800x1088.')
  return { height: Number(height), width: Number(width) }
}
