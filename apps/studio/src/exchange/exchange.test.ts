import { describe, expect, it } from 'vitest'
import { Losses } from '../../../../src/data/losses.ts'
import { polygonsToRle } from '../../../../src/geometry/polygon.ts'
import { compressRle, decodeRle, decompressRle, encodeRle } from '../../../../src/geometry/rle.ts'
import type { StudioImage, StudioObject } from '../project/coco-document.ts'
import { datasetOf, exported, FORMAT_NAMES, imported, packed, unpacked } from './exchange.ts'

const [width, height] = [40, 30]
const IMAGES: StudioImage[] = ['a.png', 'b.png'].map((file_name, i) => ({
  id: i + 1,
  file_name,
  width,
  height,
}))
const CATEGORIES = [
  { id: 1, name: 'leaf' },
  { id: 2, name: 'stem' },
]
/** 20 x 16 with a hole of 6 x 4 in it. */
const isRing = (x: number, y: number) =>
  x >= 15 && x < 35 && y >= 10 && y < 26 && !(x >= 22 && x < 28 && y >= 15 && y < 19)
const ringMask = Uint8Array.from({ length: width * height }, (_, p) =>
  isRing(p % width, Math.floor(p / width)) ? 1 : 0,
)
const object = (
  id: number,
  image_id: number,
  category_id: number,
  segmentation: StudioObject['segmentation'],
) => ({
  ...{ id, image_id, category_id, segmentation, iscrowd: 0 },
})
const OBJECTS: StudioObject[] = [
  object(1, 1, 1, [[2, 3, 12, 3, 12, 8, 2, 8]]),
  object(2, 1, 2, compressRle(encodeRle(ringMask, { width, height }))),
  object(3, 2, 2, [[5, 5, 25.5, 5, 5, 25.5]]),
]
/** Pixels of the three, counted by hand: 10 x 5, 20 x 16 - 6 x 4, and a triangle in rows of 20, 19 ... 1. */
const AREAS: [string, number][] = [
  ['leaf', 50],
  ['stem', 296],
  ['stem', 210],
]

const bitmapOf = ({ segmentation }: Pick<StudioObject, 'segmentation'>) =>
  decodeRle(
    'counts' in segmentation ? decompressRle(segmentation) : polygonsToRle(segmentation, { width, height }),
  )

describe('labels through every format and back', () => {
  it.each(FORMAT_NAMES)('%s: are equal to the pixel', async (name) => {
    const { files, lost } = await exported(datasetOf(IMAGES, OBJECTS, CATEGORIES, new Losses()), name)
    expect(lost).toEqual([])
    const archive = packed(files, 'labels')
    const back = await imported(unpacked(new Map([[archive.name, archive.bytes]])), IMAGES)
    expect(back.format).toBe(name)
    const found = [...back.objects.values()].flat()
    const byArea = (a: [string, number], b: [string, number]) => a[1] - b[1]
    expect(
      found
        .map(({ category, object }): [string, number] => [
          category,
          bitmapOf(object).reduce((sum, isIn) => sum + isIn, 0),
        ])
        .sort(byArea),
    ).toEqual(AREAS.toSorted(byArea))
    expect([...back.objects.keys()].sort()).toEqual([1, 2])
    const ring = back.objects.get(1)!.find(({ category }) => category === 'stem')!
    expect(bitmapOf(ring.object)).toEqual(ringMask)
  })

  it('leave photos out that nobody has labelled or checked', async () => {
    const photos = [3, 4].map((id) => ({ ...IMAGES[0], id, file_name: `${id}.png`, checked: id === 4 }))
    const { files } = await exported(
      datasetOf([...IMAGES, ...photos], OBJECTS, CATEGORIES, new Losses()),
      'coco',
    )
    const [bytes] = files.values()
    const { images } = JSON.parse(new TextDecoder().decode(bytes))
    expect(images.map((image: StudioImage) => image.file_name)).toEqual(['a.png', 'b.png', '4.png'])
  })

  it('says what a format does not hold', async () => {
    const boxed = { ...object(4, 2, 1, []), bbox: [3, 4, 10, 6] }
    const crowd = { ...OBJECTS[2], iscrowd: 1 }
    const dataset = datasetOf(IMAGES, [boxed, crowd], CATEGORIES, new Losses())
    const lost = async (name: (typeof FORMAT_NAMES)[number]) =>
      (await exported(dataset, name)).lost.map(({ what, count }) => `${what}: ${count}`).join('; ')
    expect(await lost('coco')).toBe('')
    expect(await lost('labelme')).toBe('')
    expect(await lost('yolo-seg')).toMatch(/crowd.*: 1/)
    expect(await lost('mask-folder')).toMatch(/: 1.*: 1/)
  })

  it('passes over objects that enclose nothing, and tells', () => {
    const losses = new Losses()
    const flat = { ...object(5, 1, 1, [[1, 1, 2, 1]]), bbox: [1, 1, 1, 0] }
    expect(datasetOf(IMAGES, [flat], CATEGORIES, losses).annotations.get(1) ?? []).toEqual([])
    expect(losses.lost).toMatchObject([{ count: 1 }])
  })
})

describe('labels from elsewhere', () => {
  const coco = (file_name: string, size: { width: number; height: number }) =>
    new TextEncoder().encode(
      JSON.stringify({
        images: [{ id: 9, file_name, ...size }],
        categories: [{ id: 7, name: 'twig' }],
        annotations: [{ ...object(3, 9, 7, [[2, 3, 12, 3, 12, 8, 2, 8]]), bbox: [2, 3, 10, 5], area: 50 }],
      }),
    )

  it('belong to the photo of their name, wherever it lay', async () => {
    const { objects } = await imported(
      new Map([['x.json', coco('train/images/B.PNG', { width, height })]]),
      IMAGES,
    )
    expect([...objects.keys()]).toEqual([2])
    expect(objects.get(2)).toMatchObject([{ category: 'twig', object: { area: 50 } }])
  })

  it('are left out, and counted, where no photo or one of another size is meant', async () => {
    const other = await imported(new Map([['x.json', coco('c.png', { width, height })]]), IMAGES)
    expect([other.objects.size, other.lost[0]]).toMatchObject([0, { where: ['c.png'], count: 1 }])
    const larger = await imported(new Map([['x.json', coco('a.png', { width: 80, height: 60 })]]), IMAGES)
    expect([larger.objects.size, larger.lost[0].what]).toEqual([0, expect.stringMatching(/another size/)])
  })

  it('are refused in one line where they are none', async () => {
    const text = new TextEncoder().encode('no labels')
    await expect(imported(new Map([['x.txt', text]]), IMAGES)).rejects.toThrow(/cannot tell the format/)
    expect(() => unpacked(new Map([['x.zip', text]]))).toThrow(
      /x\.zip.*archive cannot be read|archive cannot be read/,
    )
  })
})
