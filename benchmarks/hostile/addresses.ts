/** Paths, names of models and queries that look elsewhere. */
import type { Random } from '../../src/tensor/random.ts'
import { type Attack, request } from './wire.ts'

const TRICKS = [
  ...[
    '..%2f..%2fetc%2fpasswd',
    '..%5c..%5cwindows',
    '%2e%2e%2f',
    '....//',
    '%00',
    'thin%00.png',
    '%0d%0aSet-Cookie:a=b',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '%F0%9F%92%A3',
    '%E2%80%AE',
    'thin%20',
    'THIN',
    '*',
    '%25',
    '$(id)',
    ';ls',
  ],
]

const get = (kind: string, path: string, expected: readonly number[]): Attack => ({
  ...{ kind: `address: ${kind}`, expected },
  pieces: [request('GET', path)],
})
const ask = (kind: string, query: string, expected: readonly number[]): Attack => ({
  ...{ kind: `address: ${kind}`, expected },
  pieces: [request('POST', `/predict?${query}`, [], 'bytes')],
})
const pick = (random: Random) => TRICKS[random.integer(TRICKS.length)]

export const ADDRESSES: readonly ((random: Random) => Attack)[] = [
  (random) => get('a trick as a model', `/v2/models/${pick(random)}`, [404]),
  (random) => get('a trick as a path', `/${pick(random)}`, [404]),
  (random) => ask('a trick as a model of a query', `model=${pick(random)}`, [404]),
  (random) => ask('a trick as a parameter', `${pick(random)}=1`, [400]),
  () => get('a path that goes up', '/../../../etc/passwd', [404]),
  () => get('a path of percent signs', '/%%%%', [400, 404]),
  () => get('a path of broken UTF-8', '/v2/models/%ff%fe', [400, 404]),
  (random) => get('a very long model', `/v2/models/${'m'.repeat(300 + random.integer(8000))}`, [404, 414]),
  () => get('a path longer than all headers may be', `/${'p'.repeat(20_000)}`, [431]),
  () => get('an absolute address', 'http://elsewhere.example/v2', [200, 404]),
  (random) =>
    get('bytes of no text', `/v2/models/${String.fromCharCode(128 + random.integer(127))}`, [400, 404]),
  () => get('a NUL', '/v2/models/a\0b', [400]),
  () => get('a fragment', '/v2/models/thin#x', [200, 400, 404]),
  (random) =>
    ask(
      'a score of no number',
      `score=${['NaN', 'Infinity', '-1', '1.1', '', '0x1', '1e999', '%00'][random.integer(8)]}`,
      [400],
    ),
  (random) =>
    ask(
      'a count of no number',
      `max=${['-1', '1.5', '1e99', '99999999999999999999', 'null'][random.integer(5)]}`,
      [400],
    ),
  () => ask('a parameter twice', 'score=0.5&score=0.6', [400]),
  (random) =>
    ask(
      'many parameters',
      Array.from({ length: 500 }, (_, i) => `p${i}=${random.integer(9)}`).join('&'),
      [400],
    ),
  () => ask('an array', 'score[]=0.5', [400]),
  (random) => ({
    kind: 'address: a method that the path does not have',
    pieces: [request(['PUT', 'DELETE', 'PATCH', 'TRACE'][random.integer(4)], '/predict', [], 'x')],
    expected: [405],
  }),
]
