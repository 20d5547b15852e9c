/** A process of its own that answers this one: what ends it, be it the system for want of memory, ends nothing here. */
import { fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { MaskwrightError } from '../errors.ts'
import { type PassedError, passedError, revivedError } from './passed-error.ts'

/** The process ended while it was asked, or before. */
export class ProcessEnded extends MaskwrightError {}

export interface AnsweringProcess<Request, Response> {
  readonly pid: number
  /** Its memory when it last answered. */
  readonly residentBytes: number
  /** Resolves when it has ended, for whatever reason, with that. Never rejects. */
  readonly ended: Promise<string>
  /**
   * Its answer; one request at a time. What goes there and back is copied. Errors thrown there reject with their class, message and
   * parts; `ProcessEnded` where it ends before it has answered.
   */
  ask(request: Request): Promise<Response>
  /** Ends it once it has answered what it was asked, and at once where that takes too long. */
  end(): Promise<void>
}

type Reply<Response> = { readonly residentBytes: number } & (
  | { readonly response: Response }
  | { readonly failure: PassedError }
)

/** What is kept of the last that it said before it ended. */
const LAST_WORDS = 1000
/** Tells a process that its end is wanted; one that hears nothing of it has lost its parent. */
const GOODBYE = 'goodbye'
/** For ending when it is told to. */
const PATIENCE_MS = 10_000

/** Starts a module that calls `answerParent`, from the built package (.js) and from the sources (.ts) alike. */
export function startProcess<Request, Response>(module: URL): AnsweringProcess<Request, Response> {
  const execArgv = module.pathname.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []
  const child = fork(module, [], {
    ...{ serialization: 'advanced', execArgv },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let lastWords = ''
  let residentBytes = 0
  let asked: { resolve(response: Response): void; reject(error: unknown): void } | undefined
  let reason: string | undefined
  const settle = () => {
    const { resolve, reject } = asked ?? {}
    asked = undefined
    return { resolve, reject }
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS)
  })
  child.on('message', (reply: Reply<Response>) => {
    residentBytes = reply.residentBytes
    const { resolve, reject } = settle()
    if ('failure' in reply) reject?.(revivedError(reply.failure))
    else resolve?.(reply.response)
  })
  const ended = new Promise<string>((resolve) => {
    const end = (why: string) => {
      reason ??= why
      settle().reject?.(new ProcessEnded('the process ended', { got: reason }))
      resolve(reason)
    }
    child.on('error', (error) => end(error.message))
    child.on('exit', (code, signal) => {
      const tell = () => {
        const words = lastWords.trim().split('\n').at(-1)
        end(`${signal ?? `exit code ${code}`}${words ? `: ${words}` : ''}`)
      }
      // What it said last is read first.
      if (!child.stderr || child.stderr.closed) tell()
      else child.stderr.once('close', tell)
    })
  })
  return {
    pid: child.pid ?? 0,
    get residentBytes() {
      return residentBytes
    },
    ended,
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (reason !== undefined) return reject(new ProcessEnded('the process ended', { got: reason }))
        asked = { resolve, reject }
        // That it is gone is told by its end.
        child.send(request as object, () => {})
      }),
    end: async () => {
      if (child.connected) {
        child.send(GOODBYE, () => {})
        child.disconnect()
      }
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

/**
 * In a process that was started so: answers one request after the other. The process ends with its parent, also where that is killed;
 * signals, which a terminal sends to both, are the parent's to heed. `folderOf` tells of a temporary folder of the parent's, which is
 * removed here where the parent was killed.
 */
export function answerParent<Request, Response>(
  answer: (request: Request) => Promise<Response>,
  folderOf: (request: Request) => string | undefined = () => undefined,
): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  let last: Promise<void> = Promise.resolve()
  let folder: string | undefined
  let isWanted = false
  const send = (reply: object) =>
    process.send?.({ ...reply, residentBytes: process.memoryUsage.rss() }, () => {})
  process.on('message', (request: Request | typeof GOODBYE) => {
    if (request === GOODBYE) {
      isWanted = true
      return
    }
    folder ??= folderOf(request)
    last = answer(request).then(
      (response) => void send({ response }),
      (error) => void send({ failure: passedError(error) }),
    )
  })
  process.on('disconnect', () =>
    last.finally(() => {
      if (!isWanted && folder !== undefined) remove(folder)
      process.exit()
    }),
  )
}

/** Other processes may be at it too. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // Nobody is left who could be told.
  }
}
