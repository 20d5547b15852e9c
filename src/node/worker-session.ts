/** A session in a thread of its own: what the runtime computes does not block the event loop. */
import { availableParallelism } from 'node:os'
import { SessionError } from '../errors.ts'
import { requireKnownOptions } from '../names/known-options.ts'
import type { OpProfile } from '../runtime/profile.ts'
import {
  type Port,
  RUN_OPTIONS,
  type RunOptions,
  type Session,
  type SessionOptions,
} from '../runtime/session.ts'
import { sessionPool } from '../runtime/session-pool.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { startWorkerPool } from './workers.ts'

/** What a thread is asked that holds one session. */
export type SessionRequest =
  | { readonly kind: 'create'; readonly model: Uint8Array; readonly options: SessionOptions }
  | {
      readonly kind: 'run'
      readonly feeds: Readonly<Record<string, Tensor>>
      readonly options: Omit<RunOptions, 'signal'>
    }
  | { readonly kind: 'profile' | 'dispose' }

export interface SessionAnswer {
  readonly ports?: Record<'inputs' | 'outputs', readonly Port[]>
  readonly hasProfile?: boolean
  readonly results?: Readonly<Record<string, Tensor>>
  readonly profile?: readonly OpProfile[]
}

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './session-worker.ts' : './session-worker.js',
  import.meta.url,
)

/** So many sessions of one graph, each in a thread of its own, as one. Throws as `createSession` does. */
export async function createWorkerSessions(
  model: Uint8Array,
  options: SessionOptions,
  count: number,
): Promise<Session> {
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / count))
  const { optimizedFile, ...others } = options
  const each = count === 1 ? others : { ...others, threads }
  const made = await Promise.allSettled(
    // One of them writes the file that all would write.
    Array.from({ length: count }, (_, i) =>
      createWorkerSession(model, i === 0 && optimizedFile !== undefined ? { ...each, optimizedFile } : each),
    ),
  )
  const sessions = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = made.find((result) => result.status === 'rejected')
  if (!failed) return count === 1 ? sessions[0] : sessionPool(sessions)
  await Promise.all(sessions.map((session) => session.dispose()))
  throw failed.reason
}

/**
 * Like `createSession`, with every run in another thread; feeds are copied to it, results moved from it. Throws as that does. The
 * thread ends with `dispose`, and does not keep the process alive while nothing runs.
 */
async function createWorkerSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
  const thread = startWorkerPool<SessionRequest, SessionAnswer>(ENTRY, { size: 1 })
  let created: SessionAnswer
  try {
    created = await thread.run({ kind: 'create', model, options })
  } catch (error) {
    await thread.close()
    throw error
  }
  let disposed: Promise<void> | undefined
  const run = async (feeds: Readonly<Record<string, Tensor>>, options: RunOptions = {}) => {
    requireKnownOptions('run', options, RUN_OPTIONS)
    const { signal, ...wanted } = options
    if (disposed) throw new SessionError('session is disposed')
    signal?.throwIfAborted()
    const { results = {} } = await thread.run({ kind: 'run', feeds, options: wanted })
    signal?.throwIfAborted()
    return Object.fromEntries(
      Object.entries(results).map(([name, result]) => [name, written(result, wanted.into?.[name])]),
    )
  }
  const { inputs, outputs } = created.ports!
  return {
    inputs,
    outputs,
    run,
    ...(created.hasProfile && {
      profile: async () => [...(await thread.run({ kind: 'profile' })).profile!],
    }),
    dispose: () => {
      disposed ??= thread.run({ kind: 'dispose' }).then(
        () => thread.close(),
        // A thread that died has nothing left to free.
        () => thread.close(),
      )
      return disposed
    },
  }
}

/** The result in the memory it was wanted in; the thread wrote into a copy of that. */
function written(result: Tensor, target: Tensor | undefined): Tensor {
  if (!target) return result
  ;(target.data as Uint8Array).set(result.data as Uint8Array)
  return target
}
