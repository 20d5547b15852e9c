import type { FastifyReply } from 'fastify'
import { Refusal } from './refusal.ts'

/** What nginx calls a client that went away before its answer: it is in the log and the metrics alone. */
export const CLIENT_CLOSED = 499

/** Aborted, with a `Refusal` as its reason, when the client goes away or so many seconds have passed without an answer. */
export function requestSignal(reply: FastifyReply, seconds: number): AbortSignal {
  const control = new AbortController()
  const late = () =>
    control.abort(new Refusal(504, 'the answer took too long', { expected: `at most ${seconds} seconds` }))
  const timer = setTimeout(late, seconds * 1000)
  reply.raw.once('close', () => {
    clearTimeout(timer)
    if (!reply.raw.writableFinished) control.abort(new Refusal(CLIENT_CLOSED, 'the client went away'))
  })
  return control.signal
}
