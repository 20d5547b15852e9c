import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../../test/memory-folder.ts'
import type { Dataset } from '../../data/dataset.ts'
import { Losses } from '../../data/losses.ts'
import { decodeRle } from '../../geometry/rle.ts'
import { decodeFolderName, encodeFolderName } from '../folder-name.ts'
import { encodeLabelPng } from './label-png.ts'
import { maskFolder } from './mask-folder.ts'

const grey = (...rows: string[]) =>
  encodeLabelPng({
    data: Uint8Array.from(rows.join(''), (digit) => Number(digit) * 51),
    width: rows[0].length,
    height: rows.length,
    channels: 1,
  })
const image = grey('000', '000')
const left = grey('500', '500')
const right = grey('005', '000')
const colour = (...pixels: number[][]) =>
  encodeLabelPng({ data: Uint8Array.from(pixels.flat()), width: 3, height: 2, channels: 3 })

async function readAll(files: Record<string, Uint8Array | string>, options = {}) {
  const losses = new Losses()
  const splits = await maskFolder.read(new MemoryFolder(files), { losses, ...options })
  return { splits, losses }
}

/** Masks by image and category, as text. */
function masksOf({ images, annotations, categories }: Dataset) {
  const name = new Map(categories.map(({ id, name }) => [id, name]))
  return Object.fromEntries(
    images.map(({ id, fileName }) => [
      fileName,
      (annotations.get(id) ?? []).map(({ segmentation, categoryId }) => {
        if (!segmentation || !('counts' in segmentation)) throw new Error('no mask')
        return `${name.get(categoryId)} ${decodeRle(segmentation).join('')}`
      }),
    ]),
  )
}

describe('reading mask folders', () => {
  it('takes the layout of the 2018 Data Science Bowl', async () => {
    const files = {
      'stage1_train/a1/images/a1.png': image,
      'stage1_train/a1/masks/0f.png': left,
      'stage1_train/a1/masks/9c.png': right,
      'stage1_train/b2/images/b2.png': image,
      'stage1_train/b2/masks/77.png': right,
    }
    expect(await maskFolder.recognises(new MemoryFolder(files))).toBe(true)
    const { splits } = await readAll(files)
    expect(splits.map(({ name, images }) => [name, images])).toEqual([['', '']])
    expect(splits[0].dataset.categories).toEqual([{ id: 1, name: 'object' }])
    expect(masksOf(splits[0].dataset)).toEqual({
      'stage1_train/a1/images/a1.png': ['object 100100', 'object 001000'],
      'stage1_train/b2/images/b2.png': ['object 001000'],
    })
    expect(splits[0].dataset.annotations.get(1)?.[0]).toMatchObject({ id: 1, box: [0, 0, 1, 2], area: 2 })
  })

  it.each([
    ['a folder an image', { 'images/a.jpg': image, 'masks/a/1.png': left, 'masks/a/2.png': right }],
    ['numbered names', { 'images/a.jpg': image, 'masks/a_1.png': left, 'masks/a_2.png': right }],
  ])('takes %s', async (_, files) => {
    expect(await maskFolder.recognises(new MemoryFolder(files))).toBe(true)
    const { splits } = await readAll(files, { category: 'cell' })
    expect(splits[0].images).toBe('images')
    expect(masksOf(splits[0].dataset)).toEqual({ 'a.jpg': ['cell 100100', 'cell 001000'] })
  })

  it('takes categories from folders, and images without masks as empty', async () => {
    const files = {
      'train/images/a.jpg': image,
      'train/images/b.jpg': image,
      'train/images/c.jpg': image,
      'train/masks/a/red/1.png': left,
      'train/masks/a/blue/1.png': right,
      'train/masks/blue/b_1.png': left,
    }
    const { splits } = await readAll(files)
    expect(splits.map(({ name, images }) => [name, images])).toEqual([['train', 'train/images']])
    expect(splits[0].dataset.categories.map(({ name }) => name)).toEqual(['blue', 'red'])
    expect(masksOf(splits[0].dataset)).toEqual({
      'a.jpg': ['blue 001000', 'red 100100'],
      'b.jpg': ['blue 100100'],
      'c.jpg': [],
    })
  })

  it('tells masks by colour, not by the order of a palette', async () => {
    const palette = [
      [255, 255, 255],
      [0, 0, 0],
    ] as const
    const data = Uint8Array.of(0, 1, 1, 0, 1, 1)
    const indexed = encodeLabelPng({ data, width: 3, height: 2, channels: 1, palette })
    const colours = colour([9, 8, 7], [0, 0, 0], [0, 0, 0], [9, 8, 7], [0, 0, 0], [0, 0, 0])
    for (const mask of [indexed, colours]) {
      const { splits } = await readAll({ 'images/a.jpg': image, 'masks/a_1.png': mask })
      expect(masksOf(splits[0].dataset)).toEqual({ 'a.jpg': ['object 100100'] })
    }
  })

  it('tells masks that may have black and white swapped', async () => {
    const told = async (...rows: string[]) => {
      const mask = grey(...rows)
      const { losses } = await readAll({ 'images/a.jpg': mask, 'masks/a_1.png': mask })
      return losses.noted.flatMap(({ what, where }) => [what, ...where])
    }
    const what =
      'masks that fill more than half of picture and border, read as objects: are black and white swapped?'
    expect(await told('1111', '1001', '1111')).toEqual([what, 'memory/masks/a_1.png'])
    expect(await told('0000', '0110', '0000')).toEqual([])
    expect(await told('1111', '1111', '1111')).toEqual([])
  })

  const good = { 'images/a.jpg': image, 'masks/a_1.png': left }
  it.each<[string, Record<string, Uint8Array | string>, string]>([
    [
      'another size',
      { 'masks/a_2.png': grey('05') },
      'memory/masks/a_2.png: mask has another size than its image; expected 3 x 2 as a.jpg, got 2 x 1',
    ],
    ['no foreground', { 'masks/a_2.png': image }, 'memory/masks/a_2.png: mask has no foreground'],
    [
      'several values',
      { 'masks/a_2.png': grey('012', '000') },
      'memory/masks/a_2.png: mask has more than two values; expected black outside the object and one other value inside',
    ],
    ['a stray mask', { 'masks/b_1.png': left }, 'memory/masks/b_1.png: mask belongs to no image'],
    [
      'a category that the file lacks',
      { 'masks/a/red/1.png': left, 'categories.json': '{"names":{"1":"blue"}}' },
      'memory/masks/a/red/1.png: mask has no known category; expected a folder named as one of ["blue"] in categories.json, got "red"',
    ],
  ])('refuses %s', async (_, files, message) => {
    await expect(readAll({ ...good, ...files })).rejects.toThrow(message)
  })

  it('leaves empty masks out where it is told', async () => {
    const { splits, losses } = await readAll({ ...good, 'masks/a_2.png': image }, { onDegenerate: 'skip' })
    expect(masksOf(splits[0].dataset)).toEqual({ 'a.jpg': ['object 100100'] })
    expect(losses.lost).toEqual([
      { what: 'masks without a pixel left out', count: 1, where: ['memory/masks/a_2.png'] },
    ])
  })

  it('does not take label maps for masks', async () => {
    expect(
      await maskFolder.recognises(new MemoryFolder({ 'images/a.jpg': image, 'masks/a.png': left })),
    ).toBe(false)
  })
})

describe('writing mask folders', () => {
  it('makes a file an object, in a folder an image and category', async () => {
    const categories = [
      { id: 3, name: 'red/dark' },
      { id: 5, name: 'blue' },
    ]
    const mask = (id: number, categoryId: number, counts: number[]) => {
      const segmentation = { size: [2, 3] as const, counts }
      return {
        id,
        imageId: 1,
        categoryId,
        box: [0, 0, 0, 0] as const,
        area: 0,
        isCrowd: id === 9,
        segmentation,
      }
    }
    const dataset: Dataset = {
      images: [
        { id: 1, fileName: 'a.jpg', width: 3, height: 2 },
        { id: 2, fileName: 'b.jpg', width: 3, height: 2 },
      ],
      categories,
      // Overlapping masks, which a folder of masks can hold.
      annotations: new Map([[1, [mask(1, 3, [0, 2, 4]), mask(2, 5, [0, 6]), mask(9, 5, [0, 6])]]]),
    }
    const target = new MemoryFolder()
    const losses = new Losses()
    await maskFolder.write([{ name: '', dataset }], target, { losses })
    expect(await target.list()).toEqual([
      'masks/a/blue/2.png',
      'masks/a/red%2Fdark/1.png',
      'masks/categories.json',
    ])
    expect(losses.lost).toEqual([
      { what: 'crowd annotations left out', count: 1, where: ['a.jpg: annotation 9'] },
    ])
    const images = new MemoryFolder({ 'a.jpg': image, 'b.jpg': image })
    const [split] = await maskFolder.read(target, { losses, images })
    expect(split.dataset.categories).toEqual(categories)
    expect(masksOf(split.dataset)).toEqual({ 'a.jpg': ['blue 111111', 'red/dark 100100'], 'b.jpg': [] })
  })

  it('escapes what folders cannot be called', () => {
    for (const [name, folder] of [
      ['a/b', 'a%2Fb'],
      ['100%', '100%25'],
      ['.x.', '%2Ex%2E'],
      ['traffic light', 'traffic light'],
      ['Zürich?', 'Zürich%3F'],
    ]) {
      expect(encodeFolderName(name)).toBe(folder)
      expect(decodeFolderName(folder)).toBe(name)
    }
    expect(decodeFolderName('50% done')).toBe('50% done')
  })
})
