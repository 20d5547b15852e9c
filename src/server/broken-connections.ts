/** Connections that bring no whole request. */
import type { FastifyInstance, FastifyServerOptions } from 'fastify'

/** Milliseconds between looks for requests that take too long. */
const LOOK = 1000

/** Times of Node's server, for a whole request of so many seconds: where headers had more, Node would give the body theirs. */
export function connectionTimes(seconds: number) {
  return { headersTimeout: seconds * 1000, connectionsCheckingInterval: LOOK }
}

const TOLD: Readonly<Record<string, readonly [status: string, what: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not come in time'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the headers are too large'],
}
const OTHERS = ['400 Bad Request', 'this is no request of HTTP'] as const

/** Answers as every refusal is answered, and closes the connection. */
export const refuseBroken: FastifyServerOptions['clientErrorHandler'] = function (
  this: FastifyInstance,
  error,
  socket,
) {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, what] = TOLD[error.code] ?? OTHERS
  const id = crypto.randomUUID()
  this.log.info({ reqId: id, code: error.code }, what)
  const body = JSON.stringify({ error: what, request_id: id })
  const head = [`HTTP/1.1 ${status}`, 'connection: close', 'content-type: application/json; charset=utf-8']
  if (socket.writable) {
    socket.write([...head, `x-request-id: ${id}`, `content-length: ${body.length}`, '', body].join('\r\n'))
  }
  socket.destroySoon()
}
