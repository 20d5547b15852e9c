import type { Session } from './session.ts'

/** Sessions of one graph as one: as many runs at once; further ones wait, and are taken in their order. At least one. */
export function sessionPool(sessions: readonly Session[]): Session {
  const [{ inputs, outputs }] = sessions
  const idle = [...sessions]
  const waiting: ((session: Session) => void)[] = []
  const giveBack = (session: Session) => {
    const next = waiting.shift()
    if (next) next(session)
    else idle.push(session)
  }
  return {
    inputs,
    outputs,
    concurrency: sessions.length,
    run: async (feeds, options = {}) => {
      options.signal?.throwIfAborted()
      const session = idle.pop() ?? (await new Promise<Session>((resolve) => waiting.push(resolve)))
      try {
        return await session.run(feeds, options)
      } finally {
        giveBack(session)
      }
    },
    dispose: async () => {
      await Promise.all(sessions.map((session) => session.dispose()))
    },
  }
}
