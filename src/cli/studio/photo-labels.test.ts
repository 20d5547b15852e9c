import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { encodePng } from '../../node/decode-image.ts'
import { photoLabels } from './photo-labels.ts'

const { signal } = new AbortController()
const said: string[] = []
let photos: string

beforeEach(async () => {
  said.length = 0
  photos = mkdtempSync(join(tmpdir(), 'maskwright-photos-'))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  for (const [name, width] of [
    ['a.png', 20],
    ['b.png', 30],
  ] as const) {
    writeFileSync(
      join(photos, name),
      await encodePng({ data: new Uint8Array(width * 16 * 3), width, height: 16 }),
    )
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(photos, { recursive: true })
})

const put = (name: string, content: unknown) => writeFileSync(join(photos, name), JSON.stringify(content))
const text = (name: string) => readFileSync(join(photos, name), 'utf8')

const ALL = { images: new Set([7, 8, 1, 2]), hasCategories: true }

/** An object on b.png, which the file calls 7. */
const COCO = {
  info: { description: 'mine' },
  images: [{ id: 7, file_name: 'b.png', width: 30, height: 16 }],
  categories: [{ id: 4, name: 'leaf' }],
  annotations: [
    {
      id: 9,
      image_id: 7,
      category_id: 4,
      iscrowd: 0,
      area: 16,
      bbox: [1, 2, 4, 4],
      segmentation: [[1, 2, 5, 2, 5, 6, 1, 6]],
    },
  ],
}

it('begins with nothing where there are no labels', async () => {
  const { dataset, file } = await photoLabels(photos, undefined, signal)
  expect(file).toBe(join(photos, 'annotations.json'))
  expect(dataset.images).toEqual([
    { id: 1, fileName: 'a.png', width: 20, height: 16, attributes: { checked: false } },
    { id: 2, fileName: 'b.png', width: 30, height: 16, attributes: { checked: false } },
  ])
  expect([dataset.annotations.size, dataset.categories]).toEqual([0, [{ id: 1, name: 'object' }]])
  expect(existsSync(file)).toBe(false)
})

it('goes on with a COCO file, adds photos that it does not name, and keeps its first state', async () => {
  put('annotations.json', COCO)
  const before = text('annotations.json')
  const { dataset, store } = await photoLabels(photos, undefined, signal)
  expect(dataset.images.map(({ id, fileName }) => [id, fileName])).toEqual([
    [8, 'a.png'],
    [7, 'b.png'],
  ])
  expect(dataset.annotations.get(7)).toMatchObject([{ id: 9, categoryId: 4 }])
  await store({ ...dataset, annotations: new Map() }, ALL)
  expect(JSON.parse(text('annotations.json')).annotations).toEqual([])
  expect(text('annotations.before-studio.json')).toBe(before)
  // Training takes images without objects for such: a photo that nobody has looked at is none of them.
  expect(JSON.parse(text('annotations.json'))).toMatchObject({ images: [{ id: 7 }], unlabelled: [{ id: 8 }] })
  const again = await photoLabels(photos, undefined, signal)
  expect(again.dataset.images).toEqual(dataset.images)
  await again.store(again.dataset, ALL)
  expect(text('annotations.before-studio.json')).toBe(before)
})

it('begins with labels of another format, which stay as they are', async () => {
  const shapes = [
    {
      label: 'stem',
      shape_type: 'polygon',
      points: [
        [1, 1],
        [9, 1],
        [9, 9],
      ],
    },
  ]
  put('a.json', {
    version: '5',
    flags: {},
    shapes,
    imagePath: 'a.png',
    imageData: null,
    imageHeight: 16,
    imageWidth: 20,
  })
  const before = text('a.json')
  const { dataset, store } = await photoLabels(photos, undefined, signal)
  expect(dataset.categories).toMatchObject([{ name: 'stem' }])
  const [image] = dataset.images.filter(({ fileName }) => fileName === 'a.png')
  expect(dataset.annotations.get(image.id)).toMatchObject([{ segmentation: [[1, 1, 9, 1, 9, 9]] }])
  await store(dataset, ALL)
  expect(text('a.json')).toBe(before)
  expect(JSON.parse(text('annotations.json')).images.length).toBe(1)
})

it('passes over photos that cannot be read, and says which', async () => {
  writeFileSync(join(photos, 'c.png'), 'no picture')
  const { dataset } = await photoLabels(photos, undefined, signal)
  expect(dataset.images.length).toBe(2)
  expect(said.join('')).toMatch(/passed over: .*c\.png/)
})

it('refuses a labels file that is none', async () => {
  put('annotations.json', { images: 5 })
  await expect(photoLabels(photos, undefined, signal)).rejects.toThrow(/annotations\.json/)
})

it('keeps changes of a large file in a journal, which is folded at the end or by the next studio', async () => {
  put('annotations.json', COCO)
  const before = text('annotations.json')
  const small = await photoLabels(photos, undefined, signal, 10)
  const edited = { ...small.dataset, annotations: new Map() }
  await small.store(edited, { images: new Set([7]), hasCategories: false })
  expect(text('annotations.json')).toBe(before)
  // As if it had been killed: nothing was closed.
  const next = await photoLabels(photos, undefined, signal, 10)
  expect(next.dataset.annotations.get(7)).toEqual([])
  expect(said.join('')).toMatch(/1 change of a studio that was ended at once/)
  await next.close()
  expect(JSON.parse(text('annotations.json')).annotations).toEqual([])
  expect(readdirSync(photos).filter((name) => name.includes('changes'))).toEqual([])
  expect(text('annotations.before-studio.json')).toBe(before)
})
