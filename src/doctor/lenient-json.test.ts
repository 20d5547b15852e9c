import { describe, expect, it } from 'vitest'
import { parseLenient, readLenientJson } from './lenient-json.ts'

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

const read = (text: string | Uint8Array, size = 7) =>
  readLenientJson(
    () => chunksOf(typeof text === 'string' ? new TextEncoder().encode(text) : text, size),
    'a.json',
  )

describe('readLenientJson', () => {
  it('reads JSON as JSON.parse does, in pieces of any size', async () => {
    const text =
      '{"info": {"a": [1, "x]}"]}, "images": [], "annotations": [{"id": 1}, [2], null, -1.5e3], "é": "ü\\u00e9\\""}'
    for (const size of [1, 7, 1000]) {
      expect(await read(text, size)).toEqual({ document: JSON.parse(text), dialect: [] })
    }
  })

  it('takes what Python writes for numbers that are none, and commas too many', async () => {
    const { document, dialect } = await read(
      '\ufeff{"images": [\n  {"width": NaN, "a": -Infinity,},\n],\n"b": [1, 2, ]}',
    )
    expect(document).toEqual({
      images: [{ width: Number.POSITIVE_INFINITY, a: Number.NEGATIVE_INFINITY }],
      b: [1, 2],
    })
    expect(dialect).toEqual([
      { line: 2, column: 13, what: 'the number NaN' },
      { line: 2, column: 23, what: 'the number -Infinity' },
      { line: 2, column: 32, what: 'a comma before }' },
      { line: 2, column: 34, what: 'a comma before ]' },
      { line: 4, column: 11, what: 'a comma before ]' },
    ])
  })

  it.each([
    [
      'cut short',
      '{"images": [{"id": 1',
      /^a\.json: line 1, column 21 \(offset 20\): file is not JSON: it ends too early; expected a comma or \}, got the end of the file\. It was cut short/,
    ],
    [
      'cut in a string',
      '{"images":\n ["abc',
      /^a\.json: line 2, column 3 \(offset 13\): file is not JSON; expected a value, got "\\""/,
    ],
    [
      'single quotes',
      "{\n  'images': []}",
      /^a\.json: line 2, column 3 \(offset 4\): file is not JSON; expected a name in double quotes, got "'"/,
    ],
    [
      'a comment',
      '{"images": [] // none\n}',
      /^a\.json: line 1, column 15 \(offset 14\): file is not JSON; expected a comma or \}, got "\/"/,
    ],
    [
      'two values',
      '{} {}',
      /^a\.json: line 1, column 4 \(offset 3\): file is not JSON; expected the end of the file, got "\{"/,
    ],
    [
      'a word',
      '{"a": True}',
      /^a\.json: line 1, column 7 \(offset 6\): file is not JSON; expected a value, got "True"/,
    ],
    ['a number with a leading zero', '{"a": 012}', /expected a value, got "012"/],
    [
      'nothing',
      '',
      /^a\.json: line 1, column 1 \(offset 0\): file is not JSON: it ends too early; expected a value/,
    ],
    [
      'an unknown escape',
      '{"a": "\\q"}',
      /column 7 \(offset 6\): file is not JSON; expected a string without line breaks/,
    ],
    [
      'results',
      '[{"image_id": 1, "score": 0.5}]',
      /^a\.json: these are results, not annotations; expected an object with the lists/,
    ],
    ['a list', '[1]', /^a\.json: file is a list; expected an object/],
    ['a number', '3', /^a\.json: file is not a COCO file; expected an object .*, got 3$/],
  ])('says where and why: %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })

  it('says that a file is not UTF-8', async () => {
    await expect(read(Uint8Array.of(0x7b, 0x22, 0xe4, 0x22, 0x7d))).rejects.toThrow(
      'a.json: file is not UTF-8 text',
    )
  })

  it('does not choke on long strings', () => {
    const long = 'x'.repeat(20_000_000)
    expect(parseLenient(`{"a": "${long}", "b": NaN}`, 'a.json').value).toEqual({
      a: long,
      b: Number.POSITIVE_INFINITY,
    })
  })
})
