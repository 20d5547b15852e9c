import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../../test/memory-folder.ts'
import type { Dataset } from '../../data/dataset.ts'
import { Losses } from '../../data/losses.ts'
import { decodeRle } from '../../geometry/rle.ts'
import { labelMapFormat } from './label-map.ts'
import { encodeLabelPng } from './label-png.ts'

const grey = (rows: readonly string[]) =>
  encodeLabelPng({
    data: Uint8Array.from(rows.join(''), Number),
    width: rows[0].length,
    height: rows.length,
    channels: 1,
  })
const image = grey(['0000', '0000', '0000'])
const map = grey(['0110', '0030', '3300'])

async function readAll(files: Record<string, Uint8Array | string>, options = {}) {
  const losses = new Losses()
  const splits = await labelMapFormat.read(new MemoryFolder(files), { losses, ...options })
  return { splits, losses }
}

function rowsOf({ images, annotations }: Dataset, n: number): string[][] {
  const { id, width } = images[n]
  return (annotations.get(id) ?? []).map(({ segmentation }) => {
    if (!segmentation || !('counts' in segmentation)) throw new Error('no mask')
    return [
      ...decodeRle(segmentation)
        .join('')
        .matchAll(new RegExp(`.{${width}}`, 'g')),
    ].map(String)
  })
}

describe('reading label maps', () => {
  it('takes every number but 0 for one object, also where its pixels do not touch', async () => {
    const { splits } = await readAll({ 'images/a.png': image, 'masks/a.png': map })
    expect(splits).toHaveLength(1)
    const { name, images, dataset } = splits[0]
    expect({ name, images }).toEqual({ name: '', images: 'images' })
    expect(dataset.images).toEqual([{ id: 1, fileName: 'a.png', width: 4, height: 3 }])
    expect(dataset.categories).toEqual([{ id: 1, name: 'object' }])
    expect(rowsOf(dataset, 0)).toEqual([
      ['0110', '0000', '0000'],
      ['0000', '0010', '1100'],
    ])
    const [first, second] = dataset.annotations.get(1)!
    expect(first).toMatchObject({ id: 1, categoryId: 1, box: [1, 0, 3, 1], area: 2, isCrowd: false })
    expect(second).toMatchObject({ id: 2, categoryId: 1, box: [0, 1, 3, 3], area: 3 })
  })

  it('finds the maps of common tools', async () => {
    for (const [picture, label] of [
      ['train/images/a.tif', 'train/masks/a.tif'],
      ['images/train/a.jpg', 'labels/train/a.png'],
      ['a.jpg', 'a_masks.png'],
      ['a.png', 'a_cp_masks.tif'],
      ['images/a.jpg', 'masks/a_label.tiff'],
    ]) {
      const { splits } = await readAll({ [picture]: image, [label]: map })
      expect(await labelMapFormat.recognises(new MemoryFolder({ [picture]: image, [label]: map }))).toBe(true)
      const isSplit = picture.includes('train')
      expect(splits[0].name, picture).toBe(isSplit ? 'train' : '')
      const { images, dataset } = splits[0]
      expect([images, dataset.images[0].fileName].filter(Boolean).join('/')).toBe(picture)
      expect(dataset.annotations.get(1)).toHaveLength(2)
    }
  })

  it('tells a number above 0 that may be the background', async () => {
    const isTold = async (rows: readonly string[]) => {
      const labels = grey(rows)
      const { losses, splits } = await readAll({ 'images/a.png': labels, 'masks/a.png': labels })
      const told = losses.noted.filter(({ what }) => what.endsWith('is it the background?'))
      return [told.flatMap(({ where }) => where), splits[0].dataset.annotations.get(1)?.length]
    }
    expect(await isTold(['9999', '9129', '9999'])).toEqual([['memory/masks/a.png: 9'], 3])
    // One number and 0: objects may be the holes.
    expect(await isTold(['9999', '9009', '9999'])).toEqual([['memory/masks/a.png: 9'], 1])
    // The usual background; all of the picture; half of it; its middle, with a border of others.
    expect(await isTold(['0000', '0120', '0000'])).toEqual([[], 2])
    expect(await isTold(['9999', '9999', '9999'])).toEqual([[], 1])
    expect(await isTold(['9991', '9911', '9111'])).toEqual([[], 2])
    expect(await isTold(['01010', '09991', '09990', '19991', '09990', '09999'])).toEqual([[], 2])
  })

  it('looks for images where it is told', async () => {
    const images = new MemoryFolder({ 'x/a.jpg': image, 'b.jpg': image })
    const { splits, losses } = await readAll({ 'x/a.png': map }, { images })
    expect(splits[0].dataset.images.map(({ fileName }) => fileName)).toEqual(['x/a.jpg'])
    expect(losses.lost).toEqual([{ what: 'images without a label map left out', count: 1, where: ['b.jpg'] }])
  })

  it('names categories by option or file', async () => {
    const files = { 'images/a.png': image, 'masks/a.png': map }
    expect((await readAll(files, { category: 'cell' })).splits[0].dataset.categories).toEqual([
      { id: 1, name: 'cell' },
    ])
    const categories = [
      { id: 4, name: 'cell' },
      { id: 9, name: 'debris' },
    ]
    const names = { 4: 'cell', 9: 'debris' }
    const told = JSON.stringify({ names, labels: { 'masks/a.png': { 1: 9, 3: 4 } } })
    const { dataset } = (await readAll({ ...files, 'categories.json': told })).splits[0]
    expect(dataset.categories).toEqual(categories)
    expect(dataset.annotations.get(1)?.map(({ categoryId }) => categoryId)).toEqual([9, 4])
  })

  const colours = encodeLabelPng({ data: Uint8Array.of(9, 8, 7, 0, 0, 0), width: 2, height: 1, channels: 3 })
  it.each<[string, Record<string, Uint8Array | string>, string]>([
    [
      'another size',
      { 'masks/a.png': grey(['01']) },
      'memory/masks/a.png: labels have another size than their image; expected 4 x 3 as images/a.png, got 2 x 1',
    ],
    [
      'no image',
      { 'masks/a.png': map, 'masks/b.png': map },
      'memory/masks/b.png: label map belongs to no image, or to one that has another; expected one label map for an image named b',
    ],
    [
      'two maps',
      { 'masks/a.png': map, 'masks/a_masks.png': map },
      'memory/masks/a_masks.png: label map belongs to no image, or to one that has another',
    ],
    ['no map', {}, 'memory: folder has no label maps'],
    [
      'colours',
      { 'images/a.png': grey(['00']), 'masks/a.png': colours },
      'memory/masks/a.png: label map is a colour image; expected one channel of whole numbers, one number an object, got 2 colours',
    ],
    [
      'JPEG',
      { 'masks/a.png': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) },
      'memory/masks/a.png: labels are compressed as JPEG, which changes them',
    ],
    [
      'no PNG',
      { 'masks/a.png': 'text' },
      'memory/masks/a.png: file holds no labels; expected a PNG or TIFF file',
    ],
    [
      'a label without category',
      {
        'masks/a.png': map,
        'categories.json': '{"names":{"1":"a","2":"b"},"labels":{"masks/a.png":{"1":1}}}',
      },
      'memory/masks/a.png: label 3 has no category; expected its category id in "labels" of categories.json, which has 2 categories',
    ],
    [
      'an unknown category',
      {
        'masks/a.png': map,
        'categories.json': '{"names":{"1":"a"},"labels":{"masks/a.png":{"1":5}}}',
      },
      'memory/categories.json: labels["masks/a.png"]: label 1 has an unknown category; expected one of [1], got 5',
    ],
    [
      'twins',
      { 'images/a.jpg': image, 'masks/a.png': map },
      'memory/images/a.png: two images have the same name but for the ending; got images/a.jpg',
    ],
  ])('refuses %s', async (_, files, message) => {
    await expect(readAll({ 'images/a.png': image, ...files })).rejects.toThrow(message)
  })
})

describe('writing label maps', () => {
  it('numbers objects in their order and lays small ones on top', async () => {
    const size = [2, 4] as const
    const mask = (id: number, counts: number[], isCrowd = false) => {
      const segmentation = { size, counts }
      return {
        id,
        imageId: 5,
        categoryId: id % 2 ? 7 : 8,
        box: [0, 0, 4, 2],
        area: 0,
        isCrowd,
        segmentation,
      } as const
    }
    const dataset: Dataset = {
      images: [{ id: 5, fileName: 'sub/a.jpg', width: 4, height: 2 }],
      categories: [
        { id: 7, name: 'seven' },
        { id: 8, name: 'eight' },
      ],
      annotations: new Map([
        [
          5,
          [
            mask(1, [2, 2, 4]), // the second column
            mask(2, [2, 2, 4]), // the same, and later: lies on it
            mask(3, [0, 6, 2]), // the first three columns: larger, so it lies beneath although it is later
            mask(4, [0, 8], true),
            { ...mask(5, []), segmentation: undefined },
            mask(6, [8]),
          ],
        ],
      ]),
    }
    const target = new MemoryFolder()
    const losses = new Losses()
    const placed: string[] = []
    const placeImage = async (_: unknown, fileName: string, path: string) => {
      placed.push(`${fileName} -> ${path}`)
    }
    await labelMapFormat.write([{ name: 'val', dataset }], target, { losses, placeImage })
    expect(await target.list()).toEqual(['masks/val/categories.json', 'masks/val/sub/a.png'])
    expect(placed).toEqual(['sub/a.jpg -> images/val/sub/a.jpg'])
    expect(losses.lost).toEqual([
      { what: 'crowd annotations left out', count: 1, where: ['sub/a.jpg: annotation 4'] },
      { what: 'annotations without a mask left out', count: 1, where: ['sub/a.jpg: annotation 5'] },
      { what: 'masks without a pixel left out', count: 1, where: ['sub/a.jpg: annotation 6'] },
      { what: 'masks left out that others hide', count: 1, where: ['sub/a.jpg: annotation 1'] },
      { what: 'masks partly hidden by others', count: 1, where: ['sub/a.jpg: annotation 3 loses 2 pixels'] },
    ])
    target.files.set('images/val/sub/a.jpg', grey(['0000', '0000']))
    const [split] = await labelMapFormat.read(target, { losses })
    expect(split).toMatchObject({ name: 'val', images: 'images/val' })
    expect(split.dataset.categories).toEqual(dataset.categories)
    expect(split.dataset.images[0].fileName).toBe('sub/a.jpg')
    expect(split.dataset.annotations.get(1)?.map(({ categoryId }) => categoryId)).toEqual([8, 7])
    expect(rowsOf(split.dataset, 0)).toEqual([
      ['0100', '0100'],
      ['1010', '1010'],
    ])
  })
})
