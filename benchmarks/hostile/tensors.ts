/** JSON that unfolds or breaks its reader, and tensors that are not what they say. */
import type { Random } from '../../src/tensor/random.ts'
import { type Attack, request } from './wire.ts'

const IMAGE = { name: 'image', shape: [2, 2, 3], datatype: 'UINT8' }
const DATA = Array(12).fill(7)

function infer(
  kind: string,
  body: unknown,
  expected: readonly number[] = [400],
  headers: [string, string][] = [],
): Attack {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const pieces = [request('POST', '/v2/models/thin/infer', headers, bytes)]
  return { kind: `tensors: ${kind}`, pieces, expected }
}
const one = (kind: string, input: object, more: object = {}) =>
  infer(kind, { inputs: [{ ...IMAGE, data: DATA, ...input }], ...more })
/** An image as bytes after the JSON. */
function binary(kind: string, input: object, bytes: Uint8Array, length?: string): Attack {
  const json = Buffer.from(JSON.stringify({ inputs: [{ ...IMAGE, ...input }] }))
  const header: [string, string] = ['inference-header-content-length', length ?? `${json.length}`]
  return infer(kind, Buffer.concat([json, bytes]), [400], [header])
}
const nested = (depth: number, inside = '') => `${'['.repeat(depth)}${inside}${']'.repeat(depth)}`
const withText = (data: string, shape = '[2,2,3]') =>
  `{"inputs":[{"name":"image","datatype":"UINT8","shape":${shape},"data":${data}}]}`

export const TENSORS: readonly ((random: Random) => Attack)[] = [
  (random) => infer('arrays in arrays', nested(1000 + random.integer(500_000))),
  (random) =>
    infer('a tensor of arrays in arrays', withText(nested(1000 + random.integer(300_000), '1'), '[1,1,1]')),
  (random) =>
    infer(
      'arrays in arrays for a value',
      withText(`[${Array(11).fill(1)},${nested(20_000 + random.integer(100_000))}]`),
    ),
  () => infer('objects in objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
  (random) => infer('numbers without end', withText(`[${'9'.repeat(100 + random.integer(100_000))}]`)),
  () => infer('numbers beyond all', withText(`[${Array(12).fill('1e400')}]`)),
  (random) => infer('a million values', withText(`[${Array(500_000 + random.integer(500_000)).fill(1)}]`)),
  () => one('a shape beyond memory', { shape: [1_000_000, 1_000_000, 3] }),
  () => one('a shape beyond numbers', { shape: [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 3] }),
  (random) =>
    one('a shape of no numbers', {
      shape: [[-2, 2, 3], [2.5, 2, 3], ['2', 2, 3], [null, 2, 3], 'x', {}, []][random.integer(7)],
    }),
  () => one('a long shape', { shape: Array(100_000).fill(1) }),
  (random) =>
    one('a type of no name', {
      datatype: ['FP32', 'uint8', 'BYTES', '__proto__', '', 'UINT8 '][random.integer(6)],
    }),
  (random) =>
    one('values of no bytes', {
      data: [...DATA.slice(1), [256, -1, 0.5, '7', null, true, {}, [[]]][random.integer(8)]],
    }),
  (random) => one('too few values', { data: DATA.slice(random.integer(12) + 1) }),
  (random) =>
    one('a name of no input', {
      name: ['__proto__', 'constructor', 'toString', 'IMAGE', '', 'x'.repeat(100_000)][random.integer(6)],
    }),
  () =>
    infer('an input twice', {
      inputs: [
        { ...IMAGE, data: DATA },
        { ...IMAGE, data: DATA },
      ],
    }),
  (random) =>
    one(
      'an output of no name',
      {},
      { outputs: [{ name: ['__proto__', 'constructor', 'none'][random.integer(3)] }] },
    ),
  (random) =>
    one('an output very often', {}, { outputs: Array(2 + random.integer(50_000)).fill({ name: 'boxes' }) }),
  () => infer('prototypes', '{"__proto__":{"inputs":[]},"constructor":{"prototype":{"x":1}}}'),
  (random) =>
    infer(
      'no request',
      [null, [], {}, 1, 'text', { inputs: {} }, { inputs: [] }, { inputs: [null] }][random.integer(8)] ??
        'null',
    ),
  () => infer('nothing', ''),
  () => infer('no UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
  (random) => infer('JSON cut short', withText(`[${DATA}]`).slice(0, 1 + random.integer(40))),
  () => one('a long id', {}, { id: 'x'.repeat(100_000) }),
  (random) =>
    binary('too few bytes', { parameters: { binary_data_size: 12 } }, new Uint8Array(random.integer(12))),
  (random) =>
    binary(
      'too many bytes',
      { parameters: { binary_data_size: 12 } },
      new Uint8Array(13 + random.integer(1000)),
    ),
  () => binary('bytes of another size', { parameters: { binary_data_size: 13 } }, new Uint8Array(13)),
  (random) =>
    binary(
      'a length of no number',
      { parameters: { binary_data_size: 12 } },
      new Uint8Array(12),
      ['-1', '1e3', 'x', '99999999999999999999', '0x10', '1.5'][random.integer(6)],
    ),
  () =>
    binary(
      'a length beyond the body',
      { parameters: { binary_data_size: 12 } },
      new Uint8Array(12),
      '100000',
    ),
  () =>
    binary(
      'an image without pixels',
      { shape: [0, 5, 3], parameters: { binary_data_size: 0 } },
      new Uint8Array(),
    ),
  () => infer('one pixel', withText('[1,2,3]', '[1,1,3]'), [200]),
]
