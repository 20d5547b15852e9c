import { MaskwrightError } from '../errors.ts'
import type { OpProfile } from '../runtime/profile.ts'
import type { Port, RunOptions, Session, SessionOptions } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { createSession } from './session.ts'
import { answerRequests } from './workers.ts'

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

let session: Session | undefined

/** Entry of the thread of `worker-session.ts`. */
answerRequests<SessionRequest, SessionAnswer>(async (request) => {
  if (request.kind === 'create') {
    session = await createSession(request.model, request.options)
    const { inputs, outputs, profile } = session
    return { response: { ports: { inputs, outputs }, hasProfile: profile !== undefined } }
  }
  if (!session) throw new MaskwrightError('the thread has no session yet')
  switch (request.kind) {
    case 'run': {
      const results = await session.run(request.feeds, request.options)
      const buffers = Object.values(results).map(({ data }) => data.buffer as ArrayBuffer)
      return { response: { results }, transfer: [...new Set(buffers)] }
    }
    case 'profile':
      return { response: { profile: await session.profile!() } }
    case 'dispose':
      await session.dispose()
      return { response: {} }
  }
})
