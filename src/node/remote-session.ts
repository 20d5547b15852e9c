/** The side of a session that those see who use it, where something else computes. */
import { SessionError } from '../errors.ts'
import { requireKnownOptions } from '../names/known-options.ts'
import { RUN_OPTIONS, type RunOptions, type Session } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { SessionAnswer } from './session-messages.ts'

type Feeds = Readonly<Record<string, Tensor>>

/** Has `ask` compute; `close` ends what computes, and is called once. */
export function remoteSession(
  { inputs, outputs }: NonNullable<SessionAnswer['ports']>,
  ask: (feeds: Feeds, options: Omit<RunOptions, 'signal'>, signal?: AbortSignal) => Promise<SessionAnswer>,
  close: () => Promise<void>,
): Session {
  let disposed: Promise<void> | undefined
  return {
    inputs,
    outputs,
    run: async (feeds, options = {}) => {
      requireKnownOptions('run', options, RUN_OPTIONS)
      const { signal, ...wanted } = options
      if (disposed) throw new SessionError('session is disposed')
      signal?.throwIfAborted()
      const { results = {} } = await ask(feeds, wanted, signal)
      signal?.throwIfAborted()
      return Object.fromEntries(
        Object.entries(results).map(([name, result]) => [name, written(result, wanted.into?.[name])]),
      )
    },
    dispose: () => {
      disposed ??= close()
      return disposed
    },
  }
}

/** The result in the memory it was wanted in; what computed it wrote into a copy of that. */
function written(result: Tensor, target: Tensor | undefined): Tensor {
  if (!target) return result
  ;(target.data as Uint8Array).set(result.data as Uint8Array)
  return target
}
