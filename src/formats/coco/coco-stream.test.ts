import { describe, expect, it } from 'vitest'
import { DataError } from '../../errors.ts'
import { parseCoco } from './coco.ts'
import { readCoco } from './coco-stream.ts'

const document = {
  info: { description: 'brackets ] } , and "quotes" in text \\', year: 2026 },
  annotations: [
    { id: 1, image_id: 7, category_id: 3, bbox: [1, 1, 3, 2], segmentation: [[1, 1, 4, 1, 4, 3, 1, 3]] },
    { id: 2, image_id: 8, category_id: 3, iscrowd: 1, segmentation: { size: [5, 6], counts: '6230009' } },
    { id: 3, image_id: 7, category_id: 9, bbox: [0, 0, 2, 2], note: 'é € 😀 \\" ]' },
  ],
  images: [
    { id: 7, width: 6, height: 5, file_name: 'ä,[{.png' },
    { id: 8, width: 6, height: 5, file_name: 'b"\\.png' },
  ],
  licenses: [],
  categories: [
    { id: 3, name: 'cell' },
    { id: 9, name: 'nucleus' },
  ],
}

/** The bytes of a text in pieces of `size`. */
function pieces(text: string, size: number) {
  const bytes = new TextEncoder().encode(text)
  return async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
}

const read = (text: string, size = 7) => readCoco(pieces(text, size), 'a.json')

describe('readCoco', () => {
  it.each([1, 2, 3, 5, 17, 64, 100_000])(
    'gives what the whole file gives, in pieces of %i bytes',
    async (size) => {
      for (const indent of [undefined, 2]) {
        const text = JSON.stringify(document, null, indent)
        expect(await read(text, size)).toEqual(parseCoco(JSON.parse(text), 'a.json'))
      }
    },
  )

  it('takes lists without elements for what they are', async () => {
    const text = '{"images": [ ], "categories":[],"annotations":[\n]}'
    expect(await read(text)).toEqual({ images: [], annotations: new Map(), categories: [] })
  })

  it.each([
    ['cut short', '{"images": [{"id": 1', 'a.json: file is not JSON; got the end of the file at byte 20'],
    ['cut after a list', '{"images": []', 'a.json: file is not JSON; got the end of the file at byte 13'],
    ['empty', '', 'a.json: file is not JSON; got the end of the file at byte 0'],
    ['a number', '17', 'a.json: file is not JSON; got "1" at byte 0'],
    ['two documents', '{} {}', 'a.json: file is not JSON; got "{" at byte 3'],
    [
      'a comma too many',
      '{"images": [1,]}',
      'a.json: file is not JSON; got nothing where a value should be at byte 14',
    ],
    ['two commas', '{"images": [1,,2]}', 'got nothing where a value should be at byte 14'],
    ['a comma at the end', '{"images": [],}', 'a.json: file is not JSON; got "}" at byte 14'],
    ['no colon', '{"images" []}', 'a.json: file is not JSON: '],
    ['a list that ends as an object', '{"images": [1}', 'a.json: file is not JSON; got "}" at byte 13'],
    ['an element that is none', '{"images": [{"id" 1}]}', 'a.json: images[0]: file is not JSON'],
    ['a member that is none', '{"info": nul, "images": []}', 'a.json: info: file is not JSON'],
    ['a list twice', '{"images": [], "images": []}', 'a.json: "images" is there twice'],
    [
      'a list that is missing',
      '{"images": [], "categories": []}',
      'a.json: "annotations" is missing or no list',
    ],
    [
      'a list that is none',
      '{"images": {}, "categories": [], "annotations": []}',
      'a.json: "images" is missing or no',
    ],
    ['a list of results', '[{"image_id": 1}]', 'got a list'],
  ])('refuses a file with %s', async (_, text, message) => {
    for (const size of [1, 1000]) {
      const error = await read(text, size).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(DataError)
      expect((error as Error).message).toContain(message)
    }
  })

  it('refuses bytes that are not UTF-8, naming the element', async () => {
    const text = new TextEncoder().encode(
      '{"images": [{"id": 1}, {"id": "?"}], "categories": [], "annotations": []}',
    )
    const open = async function* () {
      yield text.map((byte) => (byte === 63 ? 0xff : byte))
    }
    await expect(readCoco(open, 'a.json')).rejects.toThrow('a.json: images[1]: file is not UTF-8 text')
  })
})
