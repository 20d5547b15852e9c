import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../../test/memory-folder.ts'
import { type Annotation, annotationsOf } from '../../data/dataset.ts'
import { Losses } from '../../data/losses.ts'
import { decodeRle, encodeRle } from '../../geometry/rle.ts'
import { base64Of } from '../base64.ts'
import type { ReadOptions } from '../format.ts'
import { encodeLabelPng } from '../mask-images/label-png.ts'
import { labelme } from './labelme.ts'

type Files = Record<string, string | Uint8Array>

async function readAll(files: Files, options: Partial<ReadOptions> = {}) {
  const losses = new Losses()
  const splits = await labelme.read(new MemoryFolder(files), { losses, ...options })
  return { splits, losses }
}

/** A file as Labelme 5 writes it. */
const fileOf = (shapes: readonly object[], changes: object = {}) =>
  JSON.stringify({
    version: '5.4.1',
    flags: {},
    shapes: shapes.map((shape) => ({
      label: 'cat',
      group_id: null,
      description: '',
      flags: {},
      mask: null,
      ...shape,
    })),
    imagePath: 'a.jpg',
    imageData: 'AAAA',
    imageHeight: 6,
    imageWidth: 8,
    ...changes,
  })
const polygon = {
  shape_type: 'polygon',
  points: [
    [1, 1],
    [4, 1],
    [4, 3.5],
  ],
}
const readShapes = async (shapes: readonly object[], options?: Partial<ReadOptions>) => {
  const { splits, losses } = await readAll({ 'a.json': fileOf(shapes) }, options)
  return { dataset: splits[0].dataset, annotations: annotationsOf(splits[0].dataset, 1), losses }
}
const pixels = ({ segmentation }: Annotation) => {
  if (!segmentation || !('counts' in segmentation)) throw new Error('no mask')
  return [...decodeRle(segmentation).join('').matchAll(/.{8}/g)].map(String)
}

describe('reading Labelme', () => {
  it('takes polygons for masks and rectangles for boxes', async () => {
    const rectangle = {
      shape_type: 'rectangle',
      label: 'dog',
      points: [
        [6, 5],
        [2, 1],
      ],
    }
    const { dataset, annotations } = await readShapes([polygon, rectangle])
    expect(dataset.images).toEqual([{ id: 1, fileName: 'a.jpg', width: 8, height: 6 }])
    expect(dataset.categories).toEqual([
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ])
    expect(annotations).toMatchObject([
      { id: 1, imageId: 1, categoryId: 1, box: [1, 1, 4, 3.5], segmentation: [[1, 1, 4, 1, 4, 3.5]] },
      { id: 2, imageId: 1, categoryId: 2, box: [2, 1, 6, 5], area: 16 },
    ])
    expect(annotations[1].segmentation).toBeUndefined()
  })

  it('joins shapes of one label and group', async () => {
    const far = { ...polygon, points: polygon.points.map(([x, y]) => [x + 4, y]) }
    const { annotations } = await readShapes([
      { ...polygon, group_id: 1 },
      { ...far, group_id: 2 },
      { ...far, group_id: 1 },
      { ...far, group_id: 1, label: 'dog' },
    ])
    expect(annotations.map(({ categoryId, segmentation }) => [categoryId, segmentation])).toEqual([
      [
        1,
        [
          [1, 1, 4, 1, 4, 3.5],
          [5, 1, 8, 1, 8, 3.5],
        ],
      ],
      [1, [[5, 1, 8, 1, 8, 3.5]]],
      [2, [[5, 1, 8, 1, 8, 3.5]]],
    ])
  })

  it('places masks with their first pixel on the first point, cut at the image', async () => {
    const data = Uint8Array.of(1, 1, 1, 1, 0, 1)
    const mask = base64Of(encodeLabelPng({ data, width: 3, height: 2, channels: 1 }))
    const at = (x: number, y: number) => ({
      shape_type: 'mask',
      mask,
      points: [
        [x, y],
        [x + 2, y + 1],
      ],
    })
    const { annotations } = await readShapes([at(1, 2), at(-1, 5)])
    expect(annotations.map(pixels)).toEqual([
      ['00000000', '00000000', '01110000', '01010000', '00000000', '00000000'],
      ['00000000', '00000000', '00000000', '00000000', '00000000', '11000000'],
    ])
    expect(annotations[0]).toMatchObject({ box: [1, 2, 4, 4], area: 5 })
  })

  it('takes circles for polygons of the same area', async () => {
    const circle = {
      shape_type: 'circle',
      points: [
        [50, 40],
        [80, 80],
      ],
    }
    const { splits } = await readAll({ 'a.json': fileOf([circle], { imageHeight: 200, imageWidth: 200 }) })
    const [{ area, box }] = annotationsOf(splits[0].dataset, 1)
    // Radius hypot(30, 40) = 50 about (50, 40); the part above the image, y < 0, is cut by the image:
    // a segment of 50² acos(40 / 50) - 40 * 30 = 408.8 of pi 50² = 7854.0.
    expect(Math.abs(area - (7854 - 408.8))).toBeLessThan(25)
    for (const [i, at] of [0, -10, 100, 90].entries()) expect(Math.abs(box[i] - at)).toBeLessThan(0.2)
  })

  it('reads what early versions wrote, and crowds', async () => {
    const image = encodeLabelPng({ data: new Uint8Array(12), width: 4, height: 3, channels: 1 })
    const text =
      '{"shapes": [{"label": "cat", "points": [[0, 0], [2, 0], [2, 2]], "line_color": null}], "imagePath": "a.png"}'
    const { splits } = await readAll({ 'a.json': text, 'a.png': image })
    expect(splits[0].dataset.images[0]).toMatchObject({ width: 4, height: 3 })
    expect(annotationsOf(splits[0].dataset, 1)).toHaveLength(1)
    const { annotations } = await readShapes([{ ...polygon, flags: { iscrowd: true } }])
    expect(annotations[0].isCrowd).toBe(true)
  })

  it('counts what is no object', async () => {
    const point = { shape_type: 'point', points: [[1, 1]], flags: {} }
    const { annotations, losses } = await readShapes([
      point,
      { ...polygon, flags: { hard: true, iscrowd: false }, description: 'blurred' },
    ])
    expect(annotations).toHaveLength(1)
    expect(losses.lost.map(({ what, where }) => [what, ...where])).toEqual([
      ['shapes of type point left out', 'memory/a.json: shapes[0]'],
      ['shapes whose flags are left out', 'memory/a.json: shapes[1]'],
      ['shapes whose descriptions are left out', 'memory/a.json: shapes[1]'],
    ])
  })

  it('finds splits, images by their paths, and categories in labels.txt', async () => {
    const { splits } = await readAll({
      'labels.txt': '__ignore__\n_background_\ndog\ncat\n',
      'train/x/a.json': fileOf([polygon], { imagePath: '..\\images\\a.jpg' }),
      'val/a.json': fileOf([], { imagePath: 'C:\\data\\b.jpg' }),
    })
    expect(splits.map(({ name, images, dataset }) => [name, images, dataset.images[0].fileName])).toEqual([
      ['train', 'train', 'images/a.jpg'],
      ['val', 'val', 'b.jpg'],
    ])
    expect(splits[0].dataset.categories.map(({ name }) => name)).toEqual(['dog', 'cat'])
    expect(annotationsOf(splits[0].dataset, 1)[0].categoryId).toBe(2)
  })

  it('keeps groups apart whose names differ late, and refuses those whose numbers were rounded', async () => {
    const long = 'x'.repeat(80)
    const groups = [`${long}1`, `${long}2`, `${long}1`]
    const { annotations } = await readShapes(groups.map((group_id) => ({ ...polygon, group_id })))
    expect(annotations).toHaveLength(2)
    await expect(readShapes([{ ...polygon, group_id: 2 ** 53 }])).rejects.toThrow(
      'memory/a.json: shapes[0]: "group_id" is too large',
    )
  })

  it.each([
    ['no label', { label: undefined, ...polygon }, '"label" is missing'],
    [
      'a point of three',
      { ...polygon, points: [[1, 2, 3]] },
      'points[0]: point is malformed; expected [x, y]',
    ],
    [
      'a line for a polygon',
      { ...polygon, points: [[1, 1]] },
      'polygon encloses nothing; expected at least three',
    ],
    ['an unknown type', { ...polygon, shape_type: 'star' }, 'shape has an unknown type; expected polygon'],
    ['a circle of one point', { shape_type: 'circle', points: [[1, 1]] }, 'circle is malformed'],
    ['a mask without image', { shape_type: 'mask', points: [[1, 1]], mask: null }, '"mask" is wrong'],
    ['a mask that is no PNG', { shape_type: 'mask', points: [[1, 1]], mask: 'AAAA' }, 'PNG is damaged'],
    ['a mask that is no base64', { shape_type: 'mask', points: [[1, 1]], mask: '*' }, 'mask is not base64'],
    [
      'a point far away',
      {
        ...polygon,
        points: [
          [1e9, 1],
          [1, 1],
          [2, 2],
        ],
      },
      'impossible coordinate',
    ],
  ])('names %s', async (_, shape, message) => {
    const error = await readShapes([polygon, shape]).catch(({ message: text }) => text)
    expect(error).toContain('memory/a.json: shapes[1]')
    expect(error).toContain(message)
  })

  it.each<[string, Files, string]>([
    ['no files', { 'a.jpg': '' }, 'memory: folder has no Labelme files'],
    ['no JSON', { 'a.json': '{' }, 'memory/a.json: file is not JSON'],
    ['another file', { 'a.json': '{}' }, 'memory/a.json: "shapes" is missing'],
    ['no height', { 'a.json': fileOf([], { imageHeight: null }) }, '"imageHeight" is wrong'],
    [
      'a height that COCO could not hold',
      { 'a.json': fileOf([], { imageHeight: 1e12 }) },
      'memory/a.json: "imageHeight" is wrong; expected 1 to 10000000 pixels, got 1000000000000',
    ],
    ['no width', { 'a.json': fileOf([], { imageWidth: 0 }) }, '"imageWidth" is wrong; expected 1 to'],
    ['no size', { 'a.json': '{"shapes":[],"imagePath":"a.jpg"}' }, 'does not state the size of its image'],
    [
      'one image twice',
      { 'a.json': fileOf([]), 'b.json': fileOf([]) },
      'memory/b.json: image is described twice',
    ],
  ])('names %s', async (_, files, message) => {
    await expect(readAll(files)).rejects.toThrow(message)
  })
})

describe('writing Labelme', () => {
  const rest = { imageId: 1, categoryId: 4, box: [0, 0, 3, 3], area: 1, isCrowd: false } as const
  const size = { height: 4, width: 4 }
  const holed = [...'1110101011100000'].map(Number)
  async function write(...own: Annotation[]) {
    const target = new MemoryFolder()
    const dataset = {
      images: [{ id: 1, fileName: 'x/a.jpg', ...size }],
      annotations: new Map([[1, own]]),
      categories: [{ id: 4, name: 'cat' }],
    }
    const losses = new Losses()
    await labelme.write([{ name: '', dataset }], target, { losses })
    return { target, losses, file: JSON.parse(await target.readText('x/a.json')) }
  }

  it('writes a mask with holes as a mask, of the pixels of its box', async () => {
    const { target, file } = await write({ ...rest, id: 1, segmentation: encodeRle(holed, size) })
    expect(await target.list()).toEqual(['labels.txt', 'x/a.json'])
    expect(await target.readText('labels.txt')).toBe('__ignore__\n_background_\ncat\n')
    const [{ mask, ...shape }] = file.shapes
    expect(shape).toEqual({
      label: 'cat',
      description: '',
      flags: {},
      group_id: null,
      shape_type: 'mask',
      points: [
        [0, 0],
        [2, 2],
      ],
    })
    const png = Uint8Array.from(atob(mask), (character) => character.charCodeAt(0))
    // Read by another decoder than the one that wrote it.
    const { default: sharp } = await import('sharp')
    const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height]).toEqual([3, 3])
    expect([...data].map((at) => (at > 0 ? 1 : 0)).join('')).toBe('111101111')
  })

  it('counts empty masks', async () => {
    const { file, losses } = await write({
      ...{ ...rest, id: 9 },
      segmentation: { size: [4, 4], counts: [16] },
    })
    expect(file.shapes).toEqual([])
    expect(losses.lost).toEqual([
      { what: 'annotations with an empty mask left out', count: 1, where: ['x/a.jpg: annotation 9'] },
    ])
  })

  it('groups the pieces of a mask and keeps crowds', async () => {
    const pieces = [...'1100110000000011'].map(Number)
    const { file } = await write({ ...rest, id: 9, isCrowd: true, segmentation: encodeRle(pieces, size) })
    expect(file).toMatchObject({ imagePath: 'a.jpg', imageData: null, imageHeight: 4, imageWidth: 4 })
    expect(file.shapes.map(({ points, group_id, flags }: never) => ({ points, group_id, flags }))).toEqual([
      {
        points: [
          [0, 0],
          [2, 0],
          [2, 2],
          [0, 2],
        ],
        group_id: 1,
        flags: { iscrowd: true },
      },
      {
        points: [
          [2, 3],
          [4, 3],
          [4, 4],
          [2, 4],
        ],
        group_id: 1,
        flags: { iscrowd: true },
      },
    ])
  })
})
