/** Requests that do not end. They are sent all at once, and are to be ended by the time there is for a request. */
import type { Attack } from './wire.ts'

const dripped = (kind: string, head: string, drip: string, seconds: number): Attack => ({
  kind: `slow: ${kind}`,
  pieces: [head, ...Array<string>(seconds * 2).fill(drip)],
  pause: 500,
  expected: [408],
})

/** Of so many seconds each. */
export function slowAttacks(count: number, seconds: number): Attack[] {
  const kinds = [
    dripped('headers', 'GET /v2 HTTP/1.1\r\nHost: a\r\n', 'X-A: b\r\n', seconds),
    dripped('half a line', 'GET /v2 HT', '', seconds),
    dripped(
      'a body',
      'POST /v2/models/thin/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n',
      '{',
      seconds,
    ),
    dripped(
      'a form',
      'POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n--x\r\n',
      'a',
      seconds,
    ),
    dripped(
      'chunks',
      'POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
      '1\r\na\r\n',
      seconds,
    ),
  ]
  // Bodies count as requests that are under way, of which there are never too many.
  return Array.from({ length: count }, (_, i) => ({ ...kinds[i % kinds.length] })).map((attack) =>
    /headers|half/.test(attack.kind) ? attack : { ...attack, expected: [408, 429] },
  )
}
