/** A session in a thread of its own: what the runtime computes does not block the event loop. */
import { availableParallelism } from 'node:os'
import type { RunOptions, Session, SessionOptions } from '../runtime/session.ts'
import { sessionPool } from '../runtime/session-pool.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { remoteSession } from './remote-session.ts'
import type { SessionAnswer, SessionRequest } from './session-messages.ts'
import { startWorkerPool } from './workers.ts'

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
  // A thread that died has nothing left to free.
  const close = () => thread.run({ kind: 'dispose' }).then(thread.close, thread.close)
  const ask = (feeds: Readonly<Record<string, Tensor>>, options: RunOptions) =>
    thread.run({ kind: 'run', feeds, options })
  return {
    ...remoteSession(created.ports!, ask, close),
    ...(created.hasProfile && {
      profile: async () => [...(await thread.run({ kind: 'profile' })).profile!],
    }),
  }
}
