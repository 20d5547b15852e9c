/** Requests as bytes on a socket of their own, and what came back. */
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A request as it is sent: written at once, or in pieces with a pause before each further one. */
export interface Attack {
  /** What is sent, for the report. */
  readonly kind: string
  readonly pieces: readonly (string | Uint8Array)[]
  /** Milliseconds between pieces. */
  readonly pause?: number
  /** Statuses that are right; 0 stands for a connection that is closed without an answer. */
  readonly expected: readonly number[]
}

const LONGEST = 60_000

/** The statuses of all answers, in their order; [0] for none, [-1] where the connection stays silent. */
export async function statusesOf(url: string, { pieces, pause: wait = 0 }: Attack): Promise<number[]> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  const ended = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), LONGEST)
    socket.on('data', (chunk) => chunks.push(chunk))
    // What was answered before a reset counts.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
  for (const [i, piece] of pieces.entries()) {
    if (i > 0 && wait > 0) await pause(wait)
    if (socket.destroyed) break
    socket.write(piece)
  }
  const isClosed = await ended
  socket.destroy()
  const text = Buffer.concat(chunks).toString('latin1')
  const statuses = [...text.matchAll(/(?:^|[^\r])HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) =>
    Number(status),
  )
  if (statuses.length > 0) return statuses
  return isClosed ? [0] : [-1]
}

/** A whole request whose connection is closed after its answer. */
export function request(
  method: string,
  path: string,
  headers: readonly (readonly [string, string])[] = [],
  body: string | Uint8Array = '',
): Uint8Array {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...[['host', 'localhost'], ['connection', 'close'], ...headers].map(
      ([name, value]) => `${name}: ${value}`,
    ),
    ...(bytes.length > 0 ? [`content-length: ${bytes.length}`] : []),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}
