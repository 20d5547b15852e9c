/** Sessions of one graph in processes of their own, as one session that outlives any of them. */
import { availableParallelism } from 'node:os'
import { SessionError } from '../errors.ts'
import type { RunOptions, Session, SessionOptions } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type AnsweringProcess, ProcessEnded, startProcess } from './answering-process.ts'
import { remoteSession } from './remote-session.ts'
import type { SessionAnswer, SessionRequest } from './session-messages.ts'

/** A graph in a file, and how sessions take it. */
export interface GraphFile {
  readonly path: string
  /** Temporary, with all that belongs to it; the processes remove it where the one that asks them is killed. */
  readonly folder: string
  readonly options: SessionOptions
}

export interface ProcessSession extends Session {
  /** Those that are ready: each with its memory in bytes when it last answered. */
  readonly processes: () => readonly { readonly pid: number; readonly residentBytes: number }[]
}

export interface ProcessOptions {
  /** What a process computes before it is taken for ready: the first run of a session takes longer. Default: nothing. */
  readonly warmUp?: (inputs: Session['inputs']) => Readonly<Record<string, Tensor>>
  /** One ended that should not have; another is started after some milliseconds. */
  readonly onEnd?: (event: { readonly pid: number; readonly reason: string; readonly delay: number }) => void
  /** A run was computed: seconds until a process was free, and in it, what goes there and back included. */
  readonly onRun?: (
    times: { readonly waited: number; readonly computed: number },
    signal?: AbortSignal,
  ) => void
}

interface Task {
  readonly request: SessionRequest
  readonly signal?: AbortSignal
  readonly since: number
  /** Processes that ended while they computed it. */
  lost: number
  resolve(answer: SessionAnswer): void
  reject(error: unknown): void
}

type Process = AnsweringProcess<SessionRequest, SessionAnswer>

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './session-process.ts' : './session-process.js',
  import.meta.url,
)
/** A run that so many processes ended with is given up. */
const MOST_LOST = 2
/** Before a process is started again that never answered: doubled each time. The first time it is started at once. */
const [FIRST_DELAY, LONGEST_DELAY] = [250, 30_000]

/**
 * So many processes with a session of the graph each. One that ends is started again; the run that it computed goes to another, and
 * rejects with a `SessionError` where that ends as well. A run waits for a process; its signal has it leave the queue. Throws as
 * `createSession` does where the graph cannot be had at first.
 */
export async function createProcessSessions(
  { path, folder, options }: GraphFile,
  count: number,
  { warmUp, onEnd, onRun }: ProcessOptions = {},
): Promise<ProcessSession> {
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / count))
  const create = { kind: 'create', model: path, folder, options: { ...options, threads } } as const
  const all = new Set<Process>()
  const ready = new Set<Process>()
  const idle: Process[] = []
  const queue: Task[] = []
  const timers = new Set<ReturnType<typeof setTimeout>>()
  let failures = 0
  let isClosing = false

  const next = () => {
    while (idle.length > 0 && queue.length > 0) compute(idle.pop()!, queue.shift()!)
  }
  const compute = async (process: Process, task: Task) => {
    const begun = performance.now()
    try {
      const answer = await process.ask(task.request)
      const waited = (begun - task.since) / 1000
      onRun?.({ waited, computed: (performance.now() - begun) / 1000 }, task.signal)
      failures = 0
      task.resolve(answer)
    } catch (error) {
      // Before its end is told otherwise: it is no place for the run that comes back.
      if (error instanceof ProcessEnded) ready.delete(process)
      if (!(error instanceof ProcessEnded)) task.reject(error)
      else if (++task.lost < MOST_LOST && !isClosing) {
        if (!task.signal?.aborted) queue.unshift(task)
      } else task.reject(givenUp(error))
    }
    if (ready.has(process)) idle.push(process)
    next()
  }
  const open = async () => {
    const process = startProcess<SessionRequest, SessionAnswer>(ENTRY)
    all.add(process)
    process.ended.then((reason) => {
      all.delete(process)
      ready.delete(process)
      const at = idle.indexOf(process)
      if (at >= 0) idle.splice(at, 1)
      if (!isClosing && ports) again(process.pid, reason)
    })
    try {
      const created = await process.ask(create)
      if (warmUp) await process.ask({ kind: 'run', feeds: warmUp(created.ports!.inputs), options: {} })
      ready.add(process)
      idle.push(process)
      next()
      return created.ports!
    } catch (error) {
      // Its end has it started again.
      await process.end()
      throw error
    }
  }
  const again = (pid: number, reason: string) => {
    const delay = failures === 0 ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1))
    failures++
    onEnd?.({ pid, reason, delay })
    const timer = setTimeout(() => {
      timers.delete(timer)
      open().catch(() => undefined)
    }, delay)
    timers.add(timer)
  }
  const close = async () => {
    isClosing = true
    for (const timer of timers) clearTimeout(timer)
    for (const { reject } of queue.splice(0)) reject(new SessionError('session is disposed'))
    await Promise.all([...all].map((process) => process.end()))
  }
  let ports: SessionAnswer['ports']
  try {
    ;[ports] = await Promise.all(Array.from({ length: count }, open))
  } catch (error) {
    await close()
    throw error
  }
  const ask = (feeds: Readonly<Record<string, Tensor>>, wanted: RunOptions, signal?: AbortSignal) =>
    new Promise<SessionAnswer>((resolve, reject) => {
      const leave = () => {
        const at = queue.indexOf(task)
        if (at >= 0) queue.splice(at, 1)
        reject(signal?.reason)
      }
      const task: Task = {
        ...{ request: { kind: 'run', feeds, options: wanted }, signal, since: performance.now(), lost: 0 },
        ...{ resolve, reject },
      }
      signal?.addEventListener('abort', leave, { once: true })
      queue.push(task)
      next()
    })
  return {
    ...remoteSession(ports, ask, close),
    concurrency: count,
    processes: () => [...ready].map(({ pid, residentBytes }) => ({ pid, residentBytes })),
  }
}

function givenUp({ got }: ProcessEnded): SessionError {
  return new SessionError(`${MOST_LOST} processes ended while they computed this`, {
    got,
    hint: 'It may need more memory than there is',
  })
}
