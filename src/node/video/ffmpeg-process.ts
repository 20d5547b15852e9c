import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { DataError } from '../../errors.ts'
import { codeOf, reasonOf } from '../system-reasons.ts'

/** A run of ffmpeg, which reads and writes through its pipes. */
export interface FfmpegProcess {
  readonly stdin: ChildProcessWithoutNullStreams['stdin']
  readonly stdout: ChildProcessWithoutNullStreams['stdout']
  /** What it complains of as errors, in order; grows until it has ended. */
  readonly errors: readonly string[]
  /** Its exit code, once it has ended and all it said was read; null where a signal ended it. */
  readonly ended: Promise<number | null>
  /** Ends it at once; nothing where it has ended. */
  kill(): void
}

/** The most lines of complaint that are kept: a damaged file may have one for each block of each frame. */
const MOST_ERRORS = 100

/**
 * Starts the ffmpeg of the machine in a process group of its own, so that Ctrl-C reaches it through `kill` alone; an abort kills it. It
 * says lines as `[info] text`, or `[filter] [info] text`. Throws `DataError` where there is no ffmpeg.
 */
export async function startFfmpeg(
  args: readonly string[],
  { signal, onLine }: { readonly signal?: AbortSignal; readonly onLine?: (line: string) => void } = {},
): Promise<FfmpegProcess> {
  signal?.throwIfAborted()
  const detached = process.platform !== 'win32'
  const given = ['-hide_banner', '-nostats', '-loglevel', 'level+info', ...args]
  const child = spawn('ffmpeg', given, { detached, windowsHide: true })
  const kill = () => killGroup(child, detached)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  ended.catch(() => {})
  await once(child, 'spawn').catch((cause) => {
    throw cannotStart(cause)
  })
  // Who writes to a process that has ended learns of it from its exit code.
  child.stdin.on('error', () => {})
  const errors: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, complaint] = /^(?:\[[^\]]*\] )?\[(?:error|fatal|panic)\] (.*)$/.exec(line) ?? []
    if (complaint !== undefined && errors.length < MOST_ERRORS) errors.push(complaint.trim())
    onLine?.(line)
  })
  signal?.addEventListener('abort', kill, { once: true })
  process.once('exit', kill)
  const forget = () => {
    signal?.removeEventListener('abort', kill)
    process.off('exit', kill)
  }
  ended.then(forget, forget)
  return { stdin: child.stdin, stdout: child.stdout, errors, ended, kill }
}

function killGroup(child: ChildProcess, isGroup: boolean): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(isGroup ? -child.pid : child.pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function cannotStart(cause: unknown): DataError {
  if (codeOf(cause) !== 'ENOENT') {
    return new DataError(`ffmpeg cannot be started: ${reasonOf(cause)}`, {}, { cause })
  }
  return new DataError(
    'videos need ffmpeg, which was not found on this machine',
    {
      hint: 'Install it, with "apt install ffmpeg", "brew install ffmpeg" or "winget install ffmpeg", and have it on the PATH',
    },
    { cause },
  )
}
