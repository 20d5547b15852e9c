import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryFolder } from '../../test/memory-folder.ts'
import { type Annotation, annotationToRle, type Dataset } from '../data/dataset.ts'
import { Losses } from '../data/losses.ts'
import { DataError } from '../errors.ts'
import { decodeRle, encodeRle } from '../geometry/rle.ts'
import { dataFolder } from '../node/data-folder.ts'
import { parseCoco } from './coco/coco.ts'
import { coco } from './coco/coco-format.ts'
import type { DataFormat, Split } from './format.ts'
import { recogniseFormat } from './formats.ts'
import { labelMapFormat } from './mask-images/label-map.ts'
import { encodeLabelPng } from './mask-images/label-png.ts'
import { maskFolder } from './mask-images/mask-folder.ts'
import { panoptic } from './panoptic/panoptic.ts'
import { pascalVoc } from './pascal-voc/pascal-voc.ts'

const RASTERS = [labelMapFormat, maskFolder, pascalVoc, panoptic]

/** Writes in a format, with images of the right size, through COCO at both ends. */
async function roundTrip(
  splits: readonly Split[],
  format: DataFormat,
  images?: (name: string) => Uint8Array,
) {
  const losses = new Losses()
  const target = new MemoryFolder()
  const placeImage = async ({ dataset }: Split, fileName: string, path: string) => {
    const { width, height } = dataset.images.find((image) => image.fileName === fileName)!
    const blank = () => encodeLabelPng({ data: new Uint8Array(width * height), width, height, channels: 1 })
    await target.writeBytes(path, images ? images(fileName) : blank())
  }
  await format.write(splits, target, { losses, placeImage })
  const found = await recogniseFormat(target)
  expect(found.name).toBe(format.name)
  const read = await found.read(target, { losses })
  const json = new MemoryFolder()
  await coco.write(read, json, { losses })
  return { splits: await coco.read(json, { losses }), losses }
}

/** What counts of a data set, in an order of its own: image, category, crowd, mask. */
function pictures(splits: readonly Split[]): string[] {
  return splits
    .flatMap(({ name, dataset: { images, annotations, categories } }) => {
      const names = new Map(categories.map((category) => [category.id, category.name]))
      return images.flatMap((image) => [
        `${name}/${image.fileName} ${image.width} x ${image.height}`,
        ...(annotations.get(image.id) ?? [])
          .filter(({ segmentation }) => segmentation)
          .map((annotation) => {
            const mask = decodeRle(annotationToRle(annotation, image)).join('')
            const kind = `${names.get(annotation.categoryId)}${annotation.isCrowd ? ' crowd' : ''}`
            return `${name}/${image.fileName} ${kind} ${mask}`
          }),
      ])
    })
    .sort()
}

/** The same data set with every pixel given to one annotation, bitmap by bitmap: small ones on top, crowds lowest. */
function flattened({ images, annotations, categories }: Dataset, withCrowds: boolean): Dataset {
  const kept = images.map((image): [number, Annotation[]] => {
    const own = (annotations.get(image.id) ?? []).filter(({ isCrowd }) => withCrowds || !isCrowd)
    const bitmaps = own.map((annotation) => decodeRle(annotationToRle(annotation, image)))
    const area = (i: number) => bitmaps[i].reduce((sum, pixel) => sum + pixel, 0)
    const order = [...own.keys()]
    order.sort((a, b) => Number(own[b].isCrowd) - Number(own[a].isCrowd) || area(b) - area(a) || a - b)
    const owner = new Array<number>(image.width * image.height).fill(-1)
    for (const i of order) {
      bitmaps[i].forEach((pixel, at) => {
        if (pixel) owner[at] = i
      })
    }
    const visible = own.map((annotation, i) => ({
      ...annotation,
      segmentation: encodeRle(
        owner.map((one) => one === i),
        image,
      ),
    }))
    return [image.id, visible.filter((_, i) => owner.includes(i))]
  })
  return { images, categories, annotations: new Map(kept) }
}

const datasets = fc
  .array(fc.record({ width: fc.integer({ min: 2, max: 9 }), height: fc.integer({ min: 2, max: 9 }) }), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((sizes) => {
    const shapes = sizes.map(({ width, height }) => {
      const length = width * height
      const bitmap = fc
        .array(fc.boolean(), { minLength: length, maxLength: length })
        .filter((pixels) => pixels.includes(true))
        .map((pixels) => encodeRle(pixels, { width, height }))
      const corner = fc.tuple(fc.integer({ min: 0, max: width - 1 }), fc.integer({ min: 0, max: height - 1 }))
      const square = corner.map(([x, y]) => [[x, y, x + 1, y, x + 1, y + 1, x, y + 1]])
      const segmentation = fc.oneof(bitmap, square)
      return fc.array(
        fc.record({
          segmentation,
          categoryId: fc.constantFrom(4, 9),
          isCrowd: fc.nat(5).map((n) => n === 0),
        }),
        { maxLength: 5 },
      )
    })
    return fc.tuple(...shapes).map((objects): Dataset => {
      let id = 1
      return {
        images: sizes.map((size, i) => ({ id: i + 1, fileName: `folder ${i % 2}/bild ${i}.png`, ...size })),
        categories: [
          { id: 4, name: 'leaf: old' },
          { id: 9, name: 'a/b & c' },
        ],
        annotations: new Map(
          objects.map((own, i) => [
            i + 1,
            own.map((object) => ({ id: id++, imageId: i + 1, box: [0, 0, 1, 1], area: 1, ...object })),
          ]),
        ),
      }
    })
  })

describe.each(RASTERS)('COCO to $name and back', (format) => {
  it('keeps what the format can hold, pixel by pixel', async () => {
    await fc.assert(
      fc.asyncProperty(datasets, fc.boolean(), async (dataset, isSplit) => {
        // An image is needed for a format to be told from others.
        fc.pre([...dataset.annotations.values()].some((own) => own.some(({ isCrowd }) => !isCrowd)))
        const name = isSplit ? 'train' : ''
        const expected = {
          'label-map': flattened(dataset, false),
          'mask-folder': { ...dataset, annotations: withoutCrowds(dataset) },
          'pascal-voc': flattened(dataset, true),
          panoptic: flattened(dataset, true),
        }[format.name as 'panoptic']
        const { splits } = await roundTrip([{ name, dataset }], format)
        // A single file of COCO has no name of a split.
        expect(pictures(splits.map(({ dataset }) => ({ name, dataset })))).toEqual(
          pictures([{ name, dataset: expected }]),
        )
      }),
      { numRuns: 25 },
    )
  })
})

function withoutCrowds({ annotations }: Dataset): Dataset['annotations'] {
  return new Map([...annotations].map(([id, own]) => [id, own.filter(({ isCrowd }) => !isCrowd)]))
}

const nuclei = new URL('../../../shared/data/nuclei/', import.meta.url)
const hasNuclei = existsSync(nuclei)

describe('nuclei of real micrographs', () => {
  it.skipIf(!hasNuclei)(
    `come back with the same masks${hasNuclei ? '' : ' (skipped: no nuclei here)'}`,
    async () => {
      const file = JSON.parse(readFileSync(new URL('annotations/val.json', nuclei), 'utf8'))
      const all = parseCoco(file, 'val.json')
      const images = all.images.filter(({ width, height }) => width * height < 70_000).slice(0, 3)
      const annotations = new Map(images.map(({ id }) => [id, all.annotations.get(id) ?? []]))
      const dataset = { ...all, images, annotations }
      const pixels = dataFolder(new URL('images', nuclei).pathname)
      const bytes = new Map(
        await Promise.all(
          images.map(async ({ fileName }) => [fileName, await pixels.readBytes(fileName)] as const),
        ),
      )
      const expected = pictures([{ name: '', dataset }])
      expect(expected.length).toBeGreaterThan(60)
      for (const format of [labelMapFormat, maskFolder, panoptic]) {
        const { splits, losses } = await roundTrip(
          [{ name: '', dataset }],
          format,
          (name) => bytes.get(name)!,
        )
        expect(pictures(splits)).toEqual(expected)
        const plural = ['supercategories', 'license of images', 'modality of images']
        expect(losses.lost.map(({ what }) => what)).toEqual(
          format === panoptic ? [] : plural.map((what) => `${what} left out`),
        )
      }
    },
  )
})

describe('files that were changed', () => {
  /** A small data set in each format, made by writing. */
  const written = Promise.all(
    RASTERS.map(async (format) => {
      const size = [6, 5] as const
      const base = { imageId: 1, box: [0, 0, 1, 1] as const, area: 1, isCrowd: false }
      const dataset: Dataset = {
        images: [{ id: 1, fileName: 'a.png', width: 5, height: 6 }],
        categories: [
          { id: 1, name: 'one' },
          { id: 2, name: 'two' },
        ],
        annotations: new Map([
          [
            1,
            [
              { ...base, id: 1, categoryId: 1, segmentation: { size, counts: [3, 5, 22] } },
              { ...base, id: 2, categoryId: 2, segmentation: { size, counts: [20, 4, 6] } },
            ],
          ],
        ]),
      }
      const target = new MemoryFolder()
      const blank = encodeLabelPng({ data: new Uint8Array(30), width: 5, height: 6, channels: 1 })
      const placeImage = async (_: Split, __: string, path: string) => target.writeBytes(path, blank)
      await format.write([{ name: '', dataset }], target, { losses: new Losses(), placeImage })
      return { format, files: [...target.files] }
    }),
  )

  it('are read, or refused with an error that names them', async () => {
    const change = fc.record({
      format: fc.nat(RASTERS.length - 1),
      file: fc.nat(),
      kind: fc.constantFrom('set', 'cut', 'insert', 'remove', 'swap'),
      at: fc.nat(),
      text: fc.constantFrom(
        '0',
        '-1',
        '9999999999',
        '1e999',
        '"',
        '<',
        '&#0;',
        ']',
        'null',
        'ÿ',
        '\0',
        '../x',
        '',
      ),
    })
    const files = await written
    let refused = 0
    await fc.assert(
      fc.asyncProperty(change, async ({ format: n, file, kind, at, text }) => {
        const { format, files: own } = files[n]
        const copy = new MemoryFolder()
        for (const [path, bytes] of own) copy.files.set(path, bytes.slice())
        const [path, bytes] = own[file % own.length]
        const place = at % (bytes.length + 1)
        const inserted = new TextEncoder().encode(text)
        if (kind === 'remove') copy.files.delete(path)
        else if (kind === 'cut') copy.files.set(path, bytes.slice(0, place))
        else if (kind === 'swap') copy.files.set(path, own[(file + 1) % own.length][1])
        else {
          const skipped = kind === 'set' ? inserted.length : 0
          const parts = [...bytes.slice(0, place), ...inserted, ...bytes.slice(place + skipped)]
          copy.files.set(path, Uint8Array.from(parts))
        }
        try {
          const splits = await format.read(copy, { losses: new Losses() })
          // What is accepted is a data set in order: masks of the size of their images, categories that exist.
          pictures(splits)
          for (const { dataset } of splits) {
            const ids = new Set(dataset.categories.map(({ id }) => id))
            for (const own of dataset.annotations.values()) {
              for (const { categoryId, box } of own) {
                expect(ids.has(categoryId)).toBe(true)
                expect(box.every(Number.isFinite)).toBe(true)
              }
            }
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DataError)
          expect((error as DataError).message).toMatch(/^memory\b.*[^\n]$/)
          refused++
        }
      }),
      { numRuns: 400 },
    )
    expect(refused).toBeGreaterThan(50)
  })
})
