import { answerParent } from './answering-process.ts'
import { answerSession } from './session-answers.ts'

/** Entry of a process of `process-session.ts`. */
answerParent(answerSession)
