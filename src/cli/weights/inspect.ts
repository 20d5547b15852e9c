import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { jsonFlag, wholeNumber } from '../flags.ts'
import { printJson, printLine } from '../print.ts'
import { inspectWeights } from './inspection.ts'
import { inspectionText } from './inspection-text.ts'

interface InspectFlags {
  readonly member?: string
  readonly depth: number
  readonly json?: boolean
}

export function inspectCommand(_: CommandContext): Command {
  return new Command('inspect')
    .description(
      'Say what a file of weights holds: its tensors by module with shapes, sizes and norms, what is no number, and the ' +
        'likeliest model. Nothing in the file is executed.',
    )
    .argument(
      '<file>',
      'a .safetensors, .pth, .pt, .bin or .pkl file, an index of shards, or a folder of a model hub',
    )
    .option('--member <name>', 'which weights of a checkpoint that holds several, such as model_ema')
    .option('--depth <n>', 'how many levels of modules to print', wholeNumber, 3)
    .addOption(jsonFlag())
    .addHelpText('after', '\nExample:\n  $ maskwright weights inspect model_final.pth --depth 4')
    .action(async (file: string, flags: InspectFlags) => {
      const inspection = await inspectWeights(file, flags.member)
      if (flags.json) printJson(inspection)
      else for (const line of inspectionText(inspection, flags.depth)) printLine(line)
    })
}
