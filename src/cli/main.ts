import { Command, CommanderError } from 'commander'
import { DataError, MaskwrightError, printable } from '../errors.ts'
import { packageVersion } from '../node/package-files.ts'
import { reasonOf } from '../node/system-reasons.ts'
import { removeTemporaryFiles } from '../node/temporary-files.ts'
import type { CommandContext } from './command-context.ts'

/** Success, a failure told in one line, wrong usage. */
const EXIT = { success: 0, failure: 1, usage: 2 } as const
/** Exit codes of commands that end early and cleanly, as shells number them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const
type Signal = keyof typeof SIGNALS
/** Commands that keep what they have done. A signal ends the others at once, in the midst of computing as well. */
const KEEPING: readonly string[] = [
  'demo',
  'predict',
  'batch',
  'train',
  'bench',
  'pull',
  'serve',
  'worker',
  'studio',
]
/** Commands that nothing but a signal ends: to end by one is their success. */
const UNTIL_SIGNAL: readonly string[] = ['serve', 'worker', 'studio']

/** All commands, in the order of the help. The code of one is read when it is asked for: that of all takes most of a second. */
const COMMANDS: Readonly<Record<string, () => Promise<(context: CommandContext) => Command>>> = {
  demo: async () => (await import('./demo.ts')).demoCommand,
  predict: async () => (await import('./predict.ts')).predictCommand,
  batch: async () => (await import('./batch.ts')).batchCommand,
  worker: async () => (await import('./worker.ts')).workerCommand,
  init: async () => (await import('./init.ts')).initCommand,
  train: async () => (await import('./train.ts')).trainCommand,
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
  bench: async () => (await import('./bench.ts')).benchCommand,
  studio: async () => (await import('./studio.ts')).studioCommand,
  data: async () => (await import('./data.ts')).dataCommand,
  weights: async () => (await import('./weights.ts')).weightsCommand,
}

/** Runs one command line (without `node` and the script); returns the exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const interrupt = new AbortController()
  let ended: Signal | undefined
  const endedBy = (signal: Signal) => (UNTIL_SIGNAL.includes(argv[0]) ? EXIT.success : SIGNALS[signal])
  const onSignal = (signal: Signal) => {
    if (ended) return endBySignal(signal)
    ended = signal
    interrupt.abort()
  }
  const listen = () => {
    for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal)
  }
  if (!process.stdout.listeners('error').includes(endOutput)) process.stdout.on('error', endOutput)
  try {
    let code: number = EXIT.success
    const fail = () => {
      code = EXIT.failure
    }
    const line = await commandLine({ signal: interrupt.signal, fail }, listen, argv[0])
    await line.parseAsync(argv, { from: 'user' })
    return ended ? endedBy(ended) : code
  } catch (error) {
    return ended && error === interrupt.signal.reason ? endedBy(ended) : report(error)
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal)
  }
}

/** At once, whatever other threads are doing: `process.exit` would wait for them. */
function endBySignal(signal: Signal): void {
  removeTemporaryFiles()
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

function endOutput(error: NodeJS.ErrnoException): void {
  // Whoever read the output has seen enough (`| head`).
  if (error.code === 'EPIPE') process.exit(EXIT.success)
  process.exit(report(new DataError(`the output cannot be written: ${reasonOf(error)}`)))
}

/** The command line with the command that `first`, its first word, names; with all of them where it names none. */
export async function commandLine(
  context: CommandContext,
  listen: () => void,
  first?: string,
): Promise<Command> {
  const root = new Command('maskwright')
    .description(
      'Instance segmentation in TypeScript: train, evaluate and run Mask R-CNN, CenterMask and their kin.',
    )
    .version(packageVersion())
    .hook('preAction', (_, action) => {
      if (KEEPING.includes(action.name())) listen()
    })
  const wanted = first !== undefined && Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS)
  for (const command of await Promise.all(wanted.map((name) => COMMANDS[name]()))) {
    root.addCommand(command(context))
  }
  tellUsageInOneLine(root, 'maskwright')
  return root
}

function tellUsageInOneLine(command: Command, name: string): void {
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${printable(usageLine(name, text))}\n`) })
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
  else process.stderr.write(`maskwright: this should not happen: ${printable(firstLine(error))}\n`)
  return EXIT.failure
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.split('\n', 1)[0]
}
