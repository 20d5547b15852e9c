import { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { convertCommand } from './data/convert.ts'
import { cropCommand } from './data/crop.ts'
import { doctorCommand } from './data/doctor.ts'
import { filterCommand } from './data/filter.ts'
import { mergeCommand } from './data/merge.ts'
import { previewCommand } from './data/preview.ts'
import { splitCommand } from './data/split.ts'
import { statsCommand } from './data/stats.ts'
import { suggestCommand } from './data/suggest.ts'

/** `maskwright data ...`: what is done to labelled data before a model sees it; a file per command in `data/`. */
export function dataCommand(context: CommandContext): Command {
  const group = new Command('data').description(
    'Check, count, look at, convert, split, merge, filter and crop labelled data, and say what to label next.',
  )
  for (const command of COMMANDS) group.addCommand(command(context))
  return group
}

const COMMANDS: readonly ((context: CommandContext) => Command)[] = [
  doctorCommand,
  statsCommand,
  previewCommand,
  convertCommand,
  splitCommand,
  mergeCommand,
  filterCommand,
  cropCommand,
  suggestCommand,
]
