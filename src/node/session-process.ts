import { answerParent } from './answering-process.ts'
import { answerSession } from './session-answers.ts'
import type { SessionAnswer, SessionRequest } from './session-messages.ts'

/** Entry of a process of `process-session.ts`. */
answerParent<SessionRequest, SessionAnswer>(answerSession, (request) =>
  request.kind === 'create' ? request.folder : undefined,
)
