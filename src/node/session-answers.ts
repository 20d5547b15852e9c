/** What a thread or process answers that holds one session. */
import { readFile } from 'node:fs/promises'
import { MaskwrightError } from '../errors.ts'
import type { Session } from '../runtime/session.ts'
import { createSession } from './session.ts'
import type { SessionAnswer, SessionRequest } from './session-messages.ts'

let session: Session | undefined

export async function answerSession(request: SessionRequest): Promise<SessionAnswer> {
  if (request.kind === 'create') {
    const { model, options } = request
    session = await createSession(typeof model === 'string' ? await readFile(model) : model, options)
    const { inputs, outputs, profile } = session
    return { ports: { inputs, outputs }, hasProfile: profile !== undefined }
  }
  if (!session) throw new MaskwrightError('there is no session yet')
  switch (request.kind) {
    case 'run':
      return { results: await session.run(request.feeds, request.options) }
    case 'profile':
      return { profile: await session.profile!() }
    case 'dispose':
      await session.dispose()
      return {}
  }
}
