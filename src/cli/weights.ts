import { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { exportWeightsCommand } from './weights/export.ts'
import { importCommand } from './weights/import.ts'
import { inspectCommand } from './weights/inspect.ts'

/** `maskwright weights ...`: files of weights, those of others too; a file per command in `weights/`. */
export function weightsCommand(context: CommandContext): Command {
  const group = new Command('weights').description(
    'Look into files of weights, also those of PyTorch and detectron2; make models of them, and bring models back.',
  )
  for (const command of COMMANDS) group.addCommand(command(context))
  return group
}

const COMMANDS: readonly ((context: CommandContext) => Command)[] = [
  inspectCommand,
  importCommand,
  exportWeightsCommand,
]
