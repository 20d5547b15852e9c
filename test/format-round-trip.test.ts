import { existsSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Annotation, annotationsOf, annotationToRle, type Dataset } from '../src/data/dataset.ts'
import { Losses } from '../src/data/losses.ts'
import { parseCoco } from '../src/formats/coco/coco.ts'
import { coco } from '../src/formats/coco/coco-format.ts'
import { cocoText } from '../src/formats/coco/coco-writer.ts'
import type { DataFormat, Split } from '../src/formats/format.ts'
import { labelme } from '../src/formats/labelme/labelme.ts'
import { encodeLabelPng } from '../src/formats/mask-images/label-png.ts'
import { via } from '../src/formats/via/via.ts'
import { yoloSeg } from '../src/formats/yolo-seg/yolo-seg.ts'
import { boxArea } from '../src/geometry/boxes.ts'
import { encodeRle } from '../src/geometry/rle.ts'
import { dataFolder } from '../src/node/data-folder.ts'
import { MemoryFolder } from './memory-folder.ts'

const FORMATS: readonly DataFormat[] = [coco, yoloSeg, labelme, via]

/** Writes splits in a format, with blank images of their sizes where it puts them, and reads them back. */
async function roundTrip(format: DataFormat, splits: readonly Split[]) {
  const folder = new MemoryFolder()
  const losses = new Losses()
  const placeImage = async ({ dataset }: Split, fileName: string, to: string) => {
    const { width, height } = dataset.images.find((image) => image.fileName === fileName)!
    folder.files.set(to, encodeLabelPng({ data: new Uint8Array(width * height), width, height, channels: 1 }))
  }
  await format.write(splits, folder, { losses, placeImage })
  expect(await format.recognises(folder)).toBe(true)
  return { splits: await format.read(folder, { losses: new Losses() }), losses: losses.lost }
}

/** What every format here can hold: names, sizes, and of each object its category and its mask, or its box. */
function contentOf(splits: readonly Split[]) {
  return splits
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, dataset }) => ({
      name,
      categories: dataset.categories.toSorted((a, b) => a.id - b.id).map((category) => category.name),
      images: dataset.images
        .toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1))
        .map((image) => ({
          fileName: image.fileName,
          size: [image.width, image.height],
          objects: annotationsOf(dataset, image.id).map((annotation) => ({
            category: dataset.categories.find(({ id }) => id === annotation.categoryId)!.name,
            isCrowd: annotation.isCrowd,
            shape: annotation.segmentation
              ? [...annotationToRle(annotation, image).counts]
              : annotation.box.map((at) => Math.round(at * 1e3) / 1e3),
          })),
        })),
    }))
}

const hundredths = (limit: number) => fc.integer({ min: 0, max: limit * 100 }).map((at) => at / 100)

function ringIn(width: number, height: number) {
  return fc
    .array(fc.tuple(hundredths(width), hundredths(height)), { minLength: 3, maxLength: 7 })
    .filter(
      (points) => new Set(points.map(([x]) => x)).size > 1 && new Set(points.map(([, y]) => y)).size > 1,
    )
    .map((points) => points.flat())
}

function shapeIn(width: number, height: number) {
  const rings = fc.array(ringIn(width, height), { minLength: 1, maxLength: 3 })
  const pixels = fc
    .array(fc.constantFrom(0, 1), { minLength: width * height, maxLength: width * height })
    .filter((bitmap) => bitmap.includes(1))
    .map((bitmap) => encodeRle(bitmap, { width, height }))
  return fc.oneof(rings, pixels)
}

const sizes = fc.record({ width: fc.integer({ min: 2, max: 14 }), height: fc.integer({ min: 2, max: 14 }) })
const names = fc
  .uniqueArray(
    fc.oneof(
      fc.constantFrom('cat', 'null', '1', '__proto__', "it's: [a] #1", 'ä "b", c', '- x', '~'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((list) => list.map((name) => name.replace(/\s+/gu, ' ').trim()).filter((name) => /\S/u.test(name)))
  .filter((list) => list.length > 0 && new Set(list).size === list.length)

/** Images with masks or boxes, not both: in YOLO's files they do not mix. */
function datasets(crowds: boolean): fc.Arbitrary<Dataset> {
  return fc.tuple(names, fc.array(sizes, { minLength: 1, maxLength: 3 })).chain(([categories, images]) => {
    const objects = images.map(({ width, height }) => {
      const category = fc.integer({ min: 0, max: categories.length - 1 })
      const isCrowd = crowds ? fc.boolean() : fc.constant(false)
      const boxed = fc
        .tuple(hundredths(width), hundredths(height), hundredths(width), hundredths(height))
        .map(([a, b, c, d]) => [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)] as const)
        .filter((box) => boxArea(box) > 0.01)
      const masks = fc.record({ category, isCrowd, segmentation: shapeIn(width, height) })
      const boxes = fc.record({ category, isCrowd, box: boxed })
      return fc.oneof(fc.array(masks, { maxLength: 4 }), fc.array(boxes, { maxLength: 4 }))
    })
    return fc.tuple(...objects).map((lists) => {
      let next = 100
      const annotations = lists.map((list, i) => [
        i + 10,
        list.map(
          (object): Annotation => ({
            id: next++,
            imageId: i + 10,
            categoryId: 2 * object.category + 1,
            box: 'box' in object ? object.box : [0, 0, 1, 1],
            area: 1,
            isCrowd: object.isCrowd,
            ...('segmentation' in object && { segmentation: object.segmentation }),
          }),
        ),
      ])
      return {
        images: images.map((size, i) => ({
          id: i + 10,
          fileName: i === 1 ? 'a b/ü.png' : `${i}.png`,
          ...size,
        })),
        annotations: new Map(annotations as [number, Annotation[]][]),
        categories: categories.map((name, i) => ({ id: 2 * i + 1, name })),
      }
    })
  })
}

describe('a data set that is written and read back', () => {
  it.each(FORMATS.map((format) => [format.name, format] as const))(
    '%s: is the same',
    async (name, format) => {
      const crowds = name !== 'yolo-seg'
      const splits = fc
        .tuple(datasets(crowds), datasets(crowds), fc.boolean())
        .map(([train, val, isSplit]) =>
          isSplit
            ? [
                { name: 'train', dataset: { ...train, categories: val.categories.concat(train.categories) } },
                { name: 'val', dataset: val },
              ]
            : [{ name: '', dataset: train }],
        )
        .filter(([{ dataset }]) => {
          const { categories } = dataset
          return new Set(categories.map((category) => category.name)).size === categories.length
        })
        // Both splits know the same categories, each by ids of its own.
        .map((list) => list.map((split) => (list.length === 1 ? split : withIds(split, list[0].dataset))))
      await fc.assert(
        fc.asyncProperty(splits, async (written) => {
          const { splits: read, losses } = await roundTrip(format, written)
          expect(losses).toEqual([])
          // JavaScript puts names that are whole numbers first among the members of an object: VIA's options.
          const inOrder = (content: ReturnType<typeof contentOf>) =>
            format === via
              ? content.map((part) => ({ ...part, categories: part.categories.toSorted() }))
              : content
          expect(inOrder(contentOf(read))).toEqual(inOrder(contentOf(written)))
        }),
        { numRuns: 40, seed: 3 },
      )
    },
  )

  it('coco: is the same to the last number, keypoints and all', () => {
    const text = JSON.stringify({
      images: [{ id: 3, file_name: 'a.jpg', width: 20, height: 10 }],
      annotations: [
        {
          id: 5,
          image_id: 3,
          category_id: 2,
          bbox: [0.1, 0.2, 0.7, 0.1],
          area: 12.345,
          iscrowd: 0,
          segmentation: [[1.1, 2.2, 3.3, 4.4, 5.55, 1]],
          keypoints: [1, 2, 2, 0, 0, 0],
          num_keypoints: 1,
        },
        { id: 9, image_id: 3, category_id: 2, bbox: [1, 2, 3, 4], area: 12, iscrowd: 0, segmentation: [] },
      ],
      categories: [{ id: 2, name: 'person', keypoints: ['nose', 'ear'], skeleton: [[1, 2]] }],
    })
    const dataset = parseCoco(JSON.parse(text), 'a.json')
    expect(JSON.parse([...cocoText(dataset)].join(''))).toEqual({
      info: { description: '' },
      ...JSON.parse(text),
    })
  })
})

/** The categories of all, and annotations that name them by the ids there. */
function withIds(split: Split, { categories }: Dataset): Split {
  const ordered = [...new Set(categories.map(({ name }) => name))].map((name, i) => ({ id: i + 1, name }))
  const own = split.dataset.categories
  const annotations = [...split.dataset.annotations].map(
    ([id, list]) =>
      [
        id,
        list.map((annotation) => {
          // The first split lists the categories of the second before its own: ids there are ambiguous, the last is meant.
          const name = own.findLast((category) => category.id === annotation.categoryId)!.name
          return { ...annotation, categoryId: ordered.find((category) => category.name === name)!.id }
        }),
      ] as const,
  )
  return { ...split, dataset: { ...split.dataset, categories: ordered, annotations: new Map(annotations) } }
}

const SHARED = path.resolve(import.meta.dirname, '../../shared/data')

describe.skipIf(!existsSync(SHARED))('real data (skipped where ../shared/data is not there)', () => {
  it.each(FORMATS.map((format) => [format.name, format] as const))(
    '%s: fruits come back with every mask',
    { timeout: 60_000 },
    async (_, format) => {
      const splits = await coco.read(dataFolder(path.join(SHARED, 'fruits')), { losses: new Losses() })
      const { splits: read, losses } = await roundTrip(format, splits)
      const names = 'supercategories left out'
      const expected = format === coco ? [] : format === via ? [names] : [names, 'license of images left out']
      expect(losses.map(({ what }) => what)).toEqual(expected)
      expect(contentOf(read)).toEqual(contentOf(splits))
    },
  )

  it('yolo-seg: pieces, holes and runs come back, crowds are counted', { timeout: 60_000 }, async () => {
    const [{ name, dataset }] = await coco.read(dataFolder(path.join(SHARED, 'coco200')), {
      losses: new Losses(),
    })
    // Images with crowds, and the first few.
    const isChosen = (id: number, i: number) =>
      i < 12 || annotationsOf(dataset, id).some(({ isCrowd }) => isCrowd)
    const images = dataset.images.filter(({ id }, i) => isChosen(id, i))
    const { splits: read, losses } = await roundTrip(yoloSeg, [{ name, dataset: { ...dataset, images } }])
    expect(losses.map(({ what, count }) => [what, count])).toEqual([
      ['supercategories left out', 80],
      ...['license', 'coco_url', 'flickr_url', 'date_captured'].map((key) => [
        `${key} of images left out`,
        images.length,
      ]),
      ['crowd annotations left out', 6],
    ])
    const kept = [...dataset.annotations].map(
      ([id, own]) => [id, own.filter(({ isCrowd }) => !isCrowd)] as const,
    )
    expect(contentOf(read)).toEqual(
      contentOf([{ name, dataset: { ...dataset, images, annotations: new Map(kept) } }]),
    )
  })
})
