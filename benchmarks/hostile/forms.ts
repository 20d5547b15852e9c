/** Forms that are none, or hold what no form should; lists of URLs. */
import type { Random } from '../../src/tensor/random.ts'
import { type Attack, request } from './wire.ts'

const BOUNDARY = 'frontier'
const part = (headers: string, body: string) => `--${BOUNDARY}\r\n${headers}\r\n\r\n${body}\r\n`
const file = (name: string, body = 'bytes') =>
  part(`Content-Disposition: form-data; name="image"; filename="${name}"\r\nContent-Type: image/png`, body)
const END = `--${BOUNDARY}--\r\n`

function form(kind: string, body: string, type = `multipart/form-data; boundary=${BOUNDARY}`): Attack {
  const pieces = [request('POST', '/predict', [['content-type', type]], body)]
  return { kind: `form: ${kind}`, pieces, expected: [400] }
}

function urls(kind: string, listed: readonly string[], expected: number[]): Attack {
  const body = JSON.stringify({ urls: listed })
  const pieces = [request('POST', '/predict', [['content-type', 'application/json']], body)]
  return { kind: `URLs: ${kind}`, pieces, expected }
}

export const FORMS: readonly ((random: Random) => Attack)[] = [
  () => form('no boundary', file('a.png') + END, 'multipart/form-data'),
  (random) =>
    form(
      'another boundary',
      file('a.png') + END,
      `multipart/form-data; boundary=other${random.integer(1e6)}`,
    ),
  () => form('an empty boundary', file('a.png') + END, 'multipart/form-data; boundary='),
  () =>
    form(
      'a boundary of 5000 letters',
      file('a.png') + END,
      `multipart/form-data; boundary=${'b'.repeat(5000)}`,
    ),
  (random) => form('no end', file('a.png', 'x'.repeat(random.integer(5000)))),
  () => form('an end alone', END),
  (random) => {
    const whole = file('a.png', 'x'.repeat(100)) + END
    return form('cut short', whole.slice(0, 1 + random.integer(whole.length - 1 - END.length)))
  },
  (random) =>
    form(
      'a part of many headers',
      part(
        `${'X-More: 1\r\n'.repeat(100 + random.integer(3000))}Content-Disposition: form-data; name="a"`,
        'x',
      ) + END,
    ),
  () =>
    form(
      'a header that does not end',
      `--${BOUNDARY}\r\nContent-Disposition: form-data; ${'a'.repeat(200_000)}`,
    ),
  () => {
    const inner = `--in\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n--in--\r\n`
    return form(
      'a form in a form',
      part('Content-Type: multipart/mixed; boundary=in', inner.repeat(50)) + END,
    )
  },
  (random) => form('many files', file('a.png').repeat(2 + random.integer(2000)) + END),
  (random) =>
    form(
      'many fields',
      part('Content-Disposition: form-data; name="f"', 'x').repeat(1 + random.integer(2000)) + END,
    ),
  (random) => form('a huge name', file('n'.repeat(1000 + random.integer(200_000))) + END),
  () => form('a name of a path', file('../../../../etc/passwd\\..\\x') + END),
  () => form('a name with NUL and control characters', file('a\0\x01\x7f.png') + END),
  () =>
    form(
      'a field of the name __proto__',
      part('Content-Disposition: form-data; name="__proto__"', 'x') + END,
    ),
  () => form('a file of the name __proto__', file('__proto__').replace('"image"', '"__proto__"') + END),
  () => form('parts without headers', `--${BOUNDARY}\r\n\r\nx\r\n`.repeat(20) + END),
  (random) =>
    form('noise', Array.from({ length: 500 }, () => String.fromCharCode(random.integer(128))).join('')),
  (random) =>
    urls(
      'of an address of the machine',
      ['http://127.0.0.1:1/', 'http://169.254.169.254/latest'].slice(random.integer(2)),
      [403],
    ),
  () => urls('of files', ['file:///etc/passwd'], [400]),
  () => urls('of none', [], [400]),
  (random) => urls('of too many', Array(17 + random.integer(5000)).fill('http://a.example/'), [400]),
  () => urls('of a URL of a megabyte', [`http://a.example/${'a'.repeat(2 ** 20)}`], [400]),
]
