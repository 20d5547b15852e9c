import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '../..')

/**
 * What starts the command in tests. `MASKWRIGHT_TESTED=build` is for whoever has just built it, as `.ci/run` has: to compile the
 * sources anew takes most of the time of a short command.
 */
export const COMMAND = path.join(
  ROOT,
  process.env.MASKWRIGHT_TESTED === 'build' ? 'test/built-command.js' : 'bin/maskwright.js',
)

export interface Finished {
  /** Exit code; the signal's name where one ended the command. */
  readonly status: number | string
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** Working directory: paths in messages are as short as the arguments. */
  readonly cwd: string
  /** The largest file the command may write, in units of 1024 bytes, through the shell's `ulimit`. */
  readonly fileLimit?: number
  /** What comes on standard input; without it that is empty. */
  readonly input?: Uint8Array
  /** More of the environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** The real command in a process of its own, as a user starts it. */
export function startCommand(
  args: readonly string[],
  { cwd, fileLimit, input, env: more }: CommandOptions,
): ChildProcess {
  // Vitest's own settings must not reach the command.
  const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...env } = process.env
  const line = [process.execPath, COMMAND, ...args]
  const limited = ['bash', '-c', `ulimit -f ${fileLimit} && exec "$0" "$@"`, ...line]
  const [program, ...rest] = fileLimit === undefined ? line : limited
  const child = spawn(program, rest, {
    cwd,
    env: { ...env, ...more },
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  // A command may end before it has read everything.
  child.stdin?.on('error', () => {}).end(input)
  return child
}

/** What the command ended with and all it said. */
export function finished(child: ChildProcess): Promise<Finished> {
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ status: code ?? signal ?? 'unknown', ...said }))
  })
}

let free = 2
const waiting: (() => void)[] = []

/** Runs a command to its end; no more than two at a time, the others wait. */
export async function runCommand(args: readonly string[], options: CommandOptions): Promise<Finished> {
  if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
  else free--
  try {
    return await finished(startCommand(args, options))
  } finally {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
}
