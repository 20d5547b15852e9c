import { Command, CommanderError } from 'commander'
import { MaskwrightError } from '../errors.ts'
import { packageVersion } from '../node/package-files.ts'
import { dataCommand } from './data.ts'
import { demoCommand } from './demo.ts'
import { evaluateCommand } from './evaluate.ts'
import { predictCommand } from './predict.ts'
import { trainCommand } from './train.ts'

/** Success, a failure told in one line, wrong usage; ended by Ctrl-C. */
const EXIT = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const

/** What a command gets besides its flags. */
export interface CommandContext {
  /** Aborted by Ctrl-C: commands end at the next clean point. */
  readonly signal: AbortSignal
  /** Has the process end with 1 though nothing was thrown, for a command that has said itself what it found wrong. */
  readonly fail: () => void
}

/** Runs one command line (without `node` and the script); returns the exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const interrupt = new AbortController()
  const onInterrupt = () => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted)
    interrupt.abort()
  }
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onInterrupt)
  // Whoever read the output has seen enough (`| head`).
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.success : report(error))
  })
  try {
    let code: number = EXIT.success
    const fail = () => {
      code = EXIT.failure
    }
    await program({ signal: interrupt.signal, fail }).parseAsync(argv, { from: 'user' })
    return interrupt.signal.aborted ? EXIT.interrupted : code
  } catch (error) {
    return error === interrupt.signal.reason ? EXIT.interrupted : report(error)
  } finally {
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onInterrupt)
  }
}

function program(context: CommandContext): Command {
  const root = new Command('maskwright')
    .description('Instance segmentation in TypeScript: train, evaluate and run the Mask R-CNN family.')
    .version(packageVersion())
  for (const command of [demoCommand, predictCommand, trainCommand, evaluateCommand, dataCommand]) {
    root.addCommand(command(context))
  }
  tellUsageInOneLine(root, 'maskwright')
  return root
}

function tellUsageInOneLine(command: Command, name: string): void {
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${usageLine(name, text)}\n`) })
  for (const inner of command.commands) tellUsageInOneLine(inner, `${name} ${inner.name()}`)
}

/** What is wrong with a command line, in one line, with the way to its help. */
function usageLine(command: string, text: string): string {
  const what = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\.?\s*\n\((.*)\)$/, '. $1')
  const end = /[.?!]$/.test(what) ? '' : '.'
  return `${command}: ${what}${end} See "${command} --help".`
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage
  if (error instanceof MaskwrightError) process.stderr.write(`maskwright: ${error.message}\n`)
  else process.stderr.write(`maskwright: this should not happen: ${firstLine(error)}\n`)
  return EXIT.failure
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.split('\n', 1)[0]
}
