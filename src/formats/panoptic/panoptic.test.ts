import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../../test/memory-folder.ts'
import type { Dataset } from '../../data/dataset.ts'
import { Losses } from '../../data/losses.ts'
import { decodeRle } from '../../geometry/rle.ts'
import { coco } from '../coco/coco-format.ts'
import { decodeLabelPng, encodeLabelPng } from '../mask-images/label-png.ts'
import { panoptic } from './panoptic.ts'

/** A PNG of colours, one letter each. */
const COLOURS: Record<string, readonly [number, number, number]> = {
  '.': [0, 0, 0],
  a: [1, 0, 0],
  b: [2, 1, 0],
  c: [3, 2, 1],
  z: [9, 9, 9],
}
const painted = (...rows: string[]) =>
  encodeLabelPng({
    data: Uint8Array.from([...rows.join('')].flatMap((letter) => [...COLOURS[letter]])),
    width: rows[0].length,
    height: rows.length,
    channels: 3,
  })

/** Ids worked by hand: b is 2 + 256, c is 3 + 2 * 256 + 65536. */
const json = {
  images: [
    { id: 7, file_name: 'x.jpg', width: 4, height: 2 },
    { id: 8, file_name: 'y.jpg', width: 4, height: 2 },
  ],
  categories: [
    { id: 1, name: 'person', supercategory: 'person', isthing: 1, color: [220, 20, 60] },
    { id: 184, name: 'tree', isthing: 0 },
    { id: 3, name: 'car', isthing: 1 },
  ],
  annotations: [
    {
      image_id: 7,
      file_name: 'x.png',
      segments_info: [
        { id: 1, category_id: 3, iscrowd: 0, bbox: [0, 0, 1, 2], area: 2 },
        { id: 258, category_id: 184, iscrowd: 0, bbox: [1, 0, 2, 2], area: 3 },
        { id: 66051, category_id: 1, iscrowd: 1, bbox: [3, 0, 1, 2], area: 2 },
      ],
    },
  ],
}
const map = painted('abbc', 'ab.c')
const FILES = {
  'annotations/panoptic_val2017.json': JSON.stringify(json),
  'annotations/panoptic_val2017/x.png': map,
  'val2017/x.jpg': 'not read',
}

async function readAll(files: Record<string, Uint8Array | string>, options = {}) {
  const losses = new Losses()
  const splits = await panoptic.read(new MemoryFolder(files), { losses, ...options })
  return { splits, losses }
}

describe('reading panoptic data', () => {
  it('takes things and counts what stays behind', async () => {
    const source = new MemoryFolder(FILES)
    expect(await panoptic.recognises(source)).toBe(true)
    expect(await coco.recognises(source)).toBe(false)
    const { splits, losses } = await readAll(FILES)
    const [{ name, images, dataset }] = splits
    expect({ name, images }).toEqual({ name: 'val2017', images: 'val2017' })
    expect(dataset.images).toEqual([{ id: 7, fileName: 'x.jpg', width: 4, height: 2 }])
    expect(dataset.categories).toEqual([
      { id: 1, name: 'person', supercategory: 'person' },
      { id: 3, name: 'car' },
    ])
    const own = dataset.annotations.get(7)!
    expect(
      own.map(({ id, categoryId, box, area, isCrowd }) => ({ id, categoryId, box, area, isCrowd })),
    ).toEqual([
      { id: 1, categoryId: 3, box: [0, 0, 1, 2], area: 2, isCrowd: false },
      { id: 2, categoryId: 1, box: [3, 0, 4, 2], area: 2, isCrowd: true },
    ])
    const masks = own.map(
      ({ segmentation }) => segmentation && 'counts' in segmentation && decodeRle(segmentation),
    )
    expect(masks.map((mask) => mask && Array.from(mask).join(''))).toEqual(['10001000', '00010001'])
    expect(losses.lost).toEqual([
      { what: 'categories of stuff left out', count: 1, where: ['tree'] },
      { what: 'images without a panoptic map left out', count: 1, where: ['y.jpg'] },
      {
        what: 'segments of stuff left out',
        count: 1,
        where: ['memory/annotations/panoptic_val2017/x.png: segment 258'],
      },
    ])
  })

  it('keeps attributes of images and counts other members', async () => {
    const camera = { ...json.images[0], site: 'A', camera: { lens: 2 }, tags: ['x'] }
    const content = JSON.stringify({ ...json, images: [camera, json.images[1]] })
    const files = { ...FILES, 'annotations/panoptic_val2017.json': content }
    const { splits, losses } = await readAll(files)
    expect(splits[0].dataset.images[0].attributes).toEqual({ site: 'A' })
    const where = ['memory/annotations/panoptic_val2017.json']
    expect(losses.lost.slice(0, 2)).toEqual([
      { what: 'camera of images left out', count: 1, where },
      { what: 'tags of images left out', count: 1, where },
    ])
    expect((await readAll(files, { shapesAlone: true })).losses.lost[0].what).toContain('stuff')
  })

  const file = 'annotations/panoptic_val2017.json'
  const png = 'annotations/panoptic_val2017/x.png'
  const changed = (change: (annotation: (typeof json.annotations)[0]) => void) => {
    const copy = structuredClone(json)
    change(copy.annotations[0])
    return JSON.stringify(copy)
  }
  it.each<[string, Record<string, Uint8Array | string>, string]>([
    [
      'an id that segments_info lacks',
      { [png]: painted('abbc', 'abzc') },
      `memory/${png}: segment 592137 is not in segments_info; expected 3 segments of ${file} and 0 for the rest, got 1 more, such as colour 9,9,9`,
    ],
    [
      'a segment without pixels',
      { [png]: painted('aaac', 'a..c') },
      `memory/${png}: segment 258 has no pixels; expected pixels of colour 2,1,0`,
    ],
    [
      'another size',
      { [png]: painted('ab') },
      `memory/${png}: segments have another size than their image; expected 4 x 2 as x.jpg, got 2 x 1`,
    ],
    [
      'a grey map',
      { [png]: encodeLabelPng({ data: new Uint8Array(8), width: 4, height: 2, channels: 1 }) },
      `memory/${png}: segments are not coded as colours; expected an RGB image of 8 bits a channel, id = R + 256 G + 65536 B, got 1 channel`,
    ],
    [
      'a missing map',
      {
        [file]: changed((annotation) => {
          annotation.file_name = 'q.png'
        }),
      },
      `memory/${file}: file of the segments is missing; expected annotations/panoptic_val2017/q.png`,
    ],
    [
      'an id twice',
      {
        [file]: changed(({ segments_info }) => {
          segments_info[1].id = 1
        }),
      },
      `memory/${file}: annotations[0]: segment id 1 is used twice`,
    ],
    [
      'an id that is no colour',
      {
        [file]: changed(({ segments_info }) => {
          segments_info[1].id = 2 ** 24
        }),
      },
      `memory/${file}: annotations[0]: segments_info[1]: segment id is no colour`,
    ],
    [
      'an unknown category',
      {
        [file]: changed(({ segments_info }) => {
          segments_info[1].category_id = 5
        }),
      },
      `memory/${file}: annotations[0]: segments_info[1]: segment 258 has an unknown category; expected one of [1,184,3], got 5`,
    ],
    [
      'an unknown image',
      {
        [file]: changed((annotation) => {
          annotation.image_id = 5
        }),
      },
      `memory/${file}: annotations[0]: annotation belongs to no image; got image_id 5`,
    ],
    ['text', { [file]: '{' }, `memory/${file}: file is not JSON`],
  ])('refuses %s', async (_, files, message) => {
    await expect(readAll({ ...FILES, ...files }, { entry: file })).rejects.toThrow(message)
  })
})

describe('writing panoptic data', () => {
  it('makes segments that do not overlap, with figures of the pixels that are seen', async () => {
    const size = [2, 4] as const
    const base = { imageId: 7, box: [0, 0, 1, 1] as const, area: 1, isCrowd: false }
    const dataset: Dataset = {
      images: [{ id: 7, fileName: 'x.jpg', width: 4, height: 2 }],
      categories: [{ id: 3, name: 'car' }],
      annotations: new Map([
        [
          7,
          [
            { ...base, id: 1, categoryId: 3, segmentation: { size, counts: [2, 2, 4] } },
            { ...base, id: 2, categoryId: 3, segmentation: { size, counts: [0, 6, 2] } },
            { ...base, id: 3, categoryId: 3, isCrowd: true, segmentation: { size, counts: [0, 8] } },
          ],
        ],
      ]),
    }
    const target = new MemoryFolder()
    const losses = new Losses()
    await panoptic.write([{ name: '', dataset }], target, { losses })
    expect(await target.list()).toEqual(['panoptic.json', 'panoptic/x.png'])
    const written = JSON.parse(await target.readText('panoptic.json'))
    // 0x9e3779 is 121, 55, 158 as R, G, B; twice and three times that modulo 2^24 are the next ids.
    expect(written.annotations).toEqual([
      {
        image_id: 7,
        file_name: 'x.png',
        segments_info: [
          { id: 10368889, category_id: 3, iscrowd: 0, bbox: [1, 0, 1, 2], area: 2 },
          { id: 3960562, category_id: 3, iscrowd: 0, bbox: [0, 0, 3, 2], area: 4 },
          { id: 14329451, category_id: 3, iscrowd: 1, bbox: [3, 0, 1, 2], area: 2 },
        ],
      },
    ])
    expect(written.categories).toEqual([{ id: 3, name: 'car', isthing: 1, color: [128, 0, 0] }])
    const { data, channels } = decodeLabelPng(await target.readBytes('panoptic/x.png'), '')
    expect(channels).toBe(3)
    expect(Array.from(data).slice(3, 6)).toEqual([121, 55, 158])
    expect(losses.lost).toEqual([
      {
        what: 'masks partly hidden by others',
        count: 2,
        where: ['x.jpg: annotation 2 loses 2 pixels', 'x.jpg: annotation 3 loses 6 pixels'],
      },
    ])
    const [split] = await panoptic.read(target, { losses })
    expect(split.dataset.annotations.get(7)?.map(({ area, isCrowd }) => [area, isCrowd])).toEqual([
      [2, false],
      [4, false],
      [2, true],
    ])
  })
})
