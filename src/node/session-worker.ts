import { answerSession } from './session-answers.ts'
import type { SessionAnswer, SessionRequest } from './session-messages.ts'
import { answerRequests } from './workers.ts'

/** Entry of the thread of `worker-session.ts`. */
answerRequests<SessionRequest, SessionAnswer>(async (request) => {
  const response = await answerSession(request)
  const buffers = Object.values(response.results ?? {}).map(({ data }) => data.buffer as ArrayBuffer)
  return { response, transfer: [...new Set(buffers)] }
})
