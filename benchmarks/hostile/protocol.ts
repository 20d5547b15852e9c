/** What is no HTTP, or two things at once. */
import type { Random } from '../../src/tensor/random.ts'
import { type Attack, request } from './wire.ts'

const raw = (kind: string, text: string, expected: readonly number[] = [400]): Attack => ({
  ...{ kind: `protocol: ${kind}`, expected },
  pieces: [Buffer.from(text, 'latin1')],
})
const headed = (kind: string, headers: readonly [string, string][], expected: readonly number[]): Attack => ({
  ...{ kind: `protocol: ${kind}`, expected },
  pieces: [request('GET', '/v2', headers)],
})
const post = (headers: string, body = '') =>
  `POST /predict HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n\r\n${body}`
const SECOND = 'GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n'

export const PROTOCOL: readonly ((random: Random) => Attack)[] = [
  (random) => headed('a huge header', [['x-a', 'a'.repeat(17_000 + random.integer(50_000))]], [431]),
  () =>
    headed(
      'many large headers',
      Array.from({ length: 300 }, (_, i) => [`x-${i}`, 'a'.repeat(100)]),
      [431],
    ),
  () =>
    headed(
      'many small headers',
      Array.from({ length: 900 }, (_, i) => [`x-${i}`, '1']),
      [200],
    ),
  () => headed('two hosts', [['host', 'elsewhere']], [200, 400]),
  () => raw('no host', 'GET /v2 HTTP/1.1\r\nConnection: close\r\n\r\n'),
  () => raw('two lengths', post('Content-Length: 5\r\nContent-Length: 6', 'bytes!')),
  () => raw('two lengths in one', post('Content-Length: 5, 6', 'bytes!')),
  () =>
    raw(
      'a length and chunks (CL.TE)',
      post('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SECOND}`),
    ),
  () =>
    raw(
      'chunks and a length (TE.CL)',
      post('Transfer-Encoding: chunked\r\nContent-Length: 4', `5c\r\n${SECOND}\r\n0\r\n\r\n`),
    ),
  (random) =>
    raw(
      'an encoding of no name',
      post(
        `Transfer-Encoding: ${['xchunked', 'chunked, identity', 'gzip', 'chunked, chunked', '\x0bchunked'][random.integer(5)]}`,
        `0\r\n\r\n${SECOND}`,
      ),
      [400, 501],
    ),
  () =>
    raw(
      'two encodings',
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', `0\r\n\r\n${SECOND}`),
    ),
  () => raw('a space before the colon', post('Content-Length : 5', 'bytes')),
  () => raw('a folded header', post('X-A: b\r\n c: d\r\nContent-Length: 0'), [400]),
  (random) =>
    raw(
      'a length of no number',
      post(
        `Content-Length: ${['-1', '+5', '0x5', '5 5', '1e3', '99999999999999999999'][random.integer(6)]}`,
        'bytes',
      ),
    ),
  () => raw('a length beyond the limit', post('Content-Length: 999999999999'), [413]),
  (random) =>
    raw(
      'a chunk of no size',
      post(
        'Transfer-Encoding: chunked',
        `${['zz', '-1', 'ffffffffffffffffff', '5 5', '0x5'][random.integer(5)]}\r\nbytes\r\n0\r\n\r\n`,
      ),
    ),
  () =>
    raw('a chunk that is longer than it says', post('Transfer-Encoding: chunked', '2\r\nbytes\r\n0\r\n\r\n')),
  () => raw('a NUL in a header', 'GET /v2 HTTP/1.1\r\nHost: a\r\nX-A: a\0b\r\n\r\n'),
  () => raw('a name of no letters', 'GET /v2 HTTP/1.1\r\nHost: a\r\n(x): b\r\n\r\n'),
  () => raw('lines without CR', 'GET /v2 HTTP/1.1\nHost: a\n\n'),
  (random) =>
    raw(
      'a version of no kind',
      `GET /v2 HTTP/${['9.9', '1', 'x', '1.2'][random.integer(4)]}\r\nHost: a\r\n\r\n`,
    ),
  () => raw('a method of no name', `${'HACK'.repeat(20)} /v2 HTTP/1.1\r\nHost: a\r\n\r\n`),
  () => raw('a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [0, 400]),
  () => raw('a hello of TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', [400]),
  (random) =>
    raw('noise', Array.from({ length: 300 }, () => String.fromCharCode(random.integer(256))).join('')),
  () => headed('an expectation of no kind', [['expect', 'miracles']], [417]),
  () =>
    headed(
      'an upgrade',
      [
        ['upgrade', 'websocket'],
        ['sec-websocket-key', 'x'],
      ],
      [200, 400, 426],
    ),
  () => headed('an id of a request with line breaks', [['x-request-id', 'a%0d%0ab']], [200]),
]
