import { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { exportWeightsCommand } from './weights/export.ts'
import { importCommand } from './weights/import.ts'
import { inspectCommand } from './weights/inspect.ts'
import { listCommand } from './weights/list.ts'
import { pullCommand } from './weights/pull.ts'

/** `maskwright weights ...`: files of weights, those of others too; a file per command in `weights/`. */
export function weightsCommand(context: CommandContext): Command {
  const group = new Command('weights').description(
    'Published weights: list, download and look into them, make models of them, and bring models back.',
  )
  for (const command of COMMANDS) group.addCommand(command(context))
  return group
}

const COMMANDS: readonly ((context: CommandContext) => Command)[] = [
  listCommand,
  pullCommand,
  inspectCommand,
  importCommand,
  exportWeightsCommand,
]
