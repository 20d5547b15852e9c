import { MaskwrightError } from '../errors.ts'
import type { Session } from '../runtime/session.ts'
import { createSession } from './session.ts'
import type { SessionAnswer, SessionRequest } from './worker-session.ts'
import { answerRequests } from './workers.ts'

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
