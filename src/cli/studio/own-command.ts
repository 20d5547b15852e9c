/** One of our commands in a process of its own: nothing here waits for what it computes. */
import { fork } from 'node:child_process'
import { once } from 'node:events'

export interface OwnCommand {
  readonly pid: number
  /** What it said to people so far, a line each. */
  readonly said: readonly string[]
  /** Resolves when it has ended. Never rejects. */
  readonly ended: Promise<CommandEnd>
  /** Has it end as Ctrl-C does. It also does where this process is gone. */
  stop(): void
}

export interface CommandEnd {
  /** What it printed. */
  readonly output: string
  /** The line that it failed with; undefined where it did not, or was stopped. */
  readonly problem?: string
}

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './command-process.ts' : './command-process.js',
  import.meta.url,
)
const MOST_KEPT = 200
/** A command that a signal ended cleanly, as shells number it. */
const INTERRUPTED = 130

export function startCommand(args: readonly string[]): OwnCommand {
  const execArgv = ENTRY.pathname.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []
  // In a group of its own a terminal's Ctrl-C reaches this process alone, which then stops it, once.
  const child = fork(ENTRY, args, { execArgv, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const said: string[] = []
  let output = ''
  let rest = ''
  let isStopped = false
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    said.push(...lines.filter((line) => line !== ''))
    said.splice(0, said.length - MOST_KEPT)
  })
  const ended = new Promise<CommandEnd>((resolve) => {
    child.on('error', ({ message }) => resolve({ output, problem: message }))
    // Of a process that was disconnected Node tells the exit alone, which may come before the last that it wrote.
    child.on('exit', async (code, signal) => {
      await Promise.all(
        [child.stdout, child.stderr].map((stream) => stream && (stream.closed || once(stream, 'close'))),
      )
      if (rest !== '') said.push(rest)
      const isFine = code === 0 || (isStopped && code === INTERRUPTED)
      resolve(isFine ? { output } : { output, problem: problemOf(said, code, signal) })
    })
  })
  return {
    pid: child.pid ?? 0,
    said,
    ended,
    stop: () => {
      isStopped = true
      if (child.connected) child.disconnect()
    },
  }
}

const LEAD = /^maskwright[\w ]*: /

/** Its last line is why it failed, unless something ended it before it could say so. */
function problemOf(said: readonly string[], code: number | null, signal: string | null): string {
  const last = said.at(-1) ?? ''
  if (LEAD.test(last)) return last.replace(LEAD, '')
  return `its process was ended by ${signal ?? `exit code ${code}`}${last === '' ? '' : `, after: ${last}`}`
}
