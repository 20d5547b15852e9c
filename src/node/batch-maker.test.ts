import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MICROSCOPY_AUGMENTATION } from '../../test/microscopy-augmentation.ts'
import { tiffFile } from '../../test/tiff-file.ts'
import { type AugmentConfig, NO_AUGMENTATION } from '../data/augment/augment.ts'
import type { Dataset } from '../data/dataset.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import { checkImages, type LoadedBatch, loader } from '../data/loader.ts'
import { DataError } from '../errors.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { type OpenBatchMaker, openBatchMaker } from './batch-maker.ts'
import { encodePng } from './decode-image.ts'
import { loadJson } from './files.ts'
import { existsIn } from './image-folder.ts'

const [width, height] = [24, 16]
const images = [1, 2, 3].map((id) => ({ id, fileName: `${id}.png`, width, height }))
const dataset: Dataset = {
  images,
  categories: [{ id: 1, name: 'square' }],
  annotations: new Map(
    images.map(({ id }) => [
      id,
      [
        {
          id,
          imageId: id,
          categoryId: 1,
          box: [2 * id, 1, 2 * id + 6, 8],
          area: 42,
          isCrowd: false,
          segmentation: [[2 * id, 1, 2 * id + 6, 1, 2 * id + 6, 8, 2 * id, 8]],
        },
      ],
    ]),
  ),
}

let folder: string
const opened: OpenBatchMaker[] = []
const open = (images: string, workers: number, reading?: ReadingOptions) => {
  const maker = openBatchMaker(images, workers, reading)
  opened.push(maker)
  return maker
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwright-batches-'))
  await mkdir(join(folder, 'deep'))
  for (const { id, fileName } of images) {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7 * id) % 251)
    await writeFile(join(folder, fileName), await encodePng({ data, width, height }))
    // Its 16-bit rendition, under the same name: files are known by what is in them.
    const deep = Uint16Array.from(data, (value) => 500 + 16 * value)
    await writeFile(
      join(folder, 'deep', fileName),
      tiffFile({ data: deep, width, height, channels: 3, photometric: 2 }),
    )
  }
})
afterAll(async () => {
  await Promise.all(opened.map((maker) => maker.close()))
  await rm(folder, { recursive: true })
})

/** Stands for a batch where comparing it number by number would take long. */
function digest({ feeds, files, position }: LoadedBatch): string {
  const hash = createHash('sha256').update(JSON.stringify([files, position]))
  for (const [name, { dtype, shape, data }] of Object.entries(feeds)) {
    hash.update(JSON.stringify([name, dtype, shape]))
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex')
}

async function take(count: number, maker: OpenBatchMaker, augment: AugmentConfig, from = dataset) {
  const batches: LoadedBatch[] = []
  for await (const batch of loader({ dataset: from, batchSize: 2, seed: 5, augment, maker })) {
    batches.push(batch)
    if (batches.length === count) return batches
  }
  return batches
}

describe('openBatchMaker', () => {
  it('decodes the pixels that were encoded', async () => {
    const [batch] = await take(1, open(folder, 0), NO_AUGMENTATION)
    const id = Number.parseInt(batch.files[0], 10)
    const row = batch.feeds.images.data.subarray(32 * 3, 32 * 3 + width * 3)
    expect([...row]).toEqual(Array.from({ length: width * 3 }, (_, i) => ((i + width * 3) * 7 * id) % 251))
    expect([...batch.feeds.gt_boxes.data.subarray(0, 4)]).toEqual([2 * id, 1, 2 * id + 6, 8])
  })

  it('makes the same batches with any number of workers', async () => {
    const augment = {
      ...MICROSCOPY_AUGMENTATION,
      crop: { height: 16, width: 16, minVisible: 0.1, minArea: 1 },
    }
    const here = await take(5, open(folder, 0), augment)
    for (const workers of [1, 2]) expect(await take(5, open(folder, workers), augment)).toEqual(here)
  })

  it('makes the same batches with all that there is to augment with', async () => {
    const augment: AugmentConfig = {
      ...MICROSCOPY_AUGMENTATION,
      scale: { kind: 'jitter', from: 0.5, to: 2, resize: { kind: 'keep' } },
      affine: { rotate: 40, scale: 0.1, shear: 5, translate: 0.1 },
      crop: { height: 16, width: 16, minVisible: 0.1, minArea: 1 },
      ...{ mosaic: { probability: 0.5 }, copyPaste: { probability: 0.7 } },
      blur: { probability: 0.5, sigma: 1 },
      noise: { probability: 0.5, gaussian: 5, poisson: 0.1 },
      cutout: { probability: 0.5, count: 2, size: 0.3 },
      jpeg: { probability: 0.5, quality: 20 },
    }
    const here = await take(6, open(folder, 0), augment)
    expect(await take(6, open(folder, 2), augment)).toEqual(here)
    const bytes = here.map(({ feeds }) => feeds.images.data.join())
    const plain = await take(6, open(folder, 0), { ...augment, jpeg: { probability: 0, quality: 20 } })
    const isOther = plain.map(({ feeds }, i) => feeds.images.data.join() !== bytes[i])
    expect(isOther.some((other) => other)).toBe(true)
  })

  it('makes of 16 bits the batches of the 8 bits that they show', async () => {
    const bytes = await take(3, open(folder, 0), NO_AUGMENTATION)
    for (const workers of [0, 1]) {
      const maker = open(join(folder, 'deep'), workers, { intensity: [500, 500 + 16 * 255] })
      expect(await take(3, maker, NO_AUGMENTATION)).toEqual(bytes)
    }
  })

  it('brings errors home as DataError with the file, from workers as from this thread', async () => {
    const damaged = join(folder, 'damaged.png')
    await writeFile(damaged, new Uint8Array(100).fill(1))
    const with2 = (fileName: string): Dataset => ({ ...dataset, images: [{ ...images[0], fileName }] })
    const wrongSize: Dataset = { ...dataset, images: [{ ...images[0], width: 25 }] }
    for (const workers of [0, 1]) {
      const maker = open(folder, workers)
      const failure = (from: Dataset) => take(1, maker, NO_AUGMENTATION, from).catch((error) => error)
      for (const [from, message] of [
        [with2('damaged.png'), `${damaged}: file is not an image of a known format`],
        [with2('absent.png'), `${join(folder, 'absent.png')}: cannot read the file: it does not exist`],
        [wrongSize, '1.png: image has another size than its annotations say; expected 25 x 16, got 24 x 16'],
      ] as const) {
        const error = await failure(from)
        expect(error).toBeInstanceOf(DataError)
        expect(error.message).toContain(message)
      }
    }
  })

  it('finds images that are missing from the folder', async () => {
    const more: Dataset = { ...dataset, images: [...images, { ...images[0], id: 9, fileName: '9.png' }] }
    await expect(checkImages(dataset, existsIn(folder), 'a.json')).resolves.toBeUndefined()
    await expect(checkImages(more, existsIn(folder), 'a.json')).rejects.toThrow(
      'a.json: 1 of 4 images are missing; got no file for 9.png',
    )
  })
})

const nuclei = resolve(import.meta.dirname, '../../../shared/data/nuclei')

describe.skipIf(!existsSync(nuclei))('nuclei (skipped where ../shared/data is absent)', () => {
  it('loads, with masks that fill their boxes, alike in workers and here', async () => {
    const file = join(nuclei, 'annotations/val.json')
    const cells = parseCoco(await loadJson(file), file)
    await checkImages(cells, existsIn(join(nuclei, 'images')), file)
    const here = await take(3, open(join(nuclei, 'images'), 0), MICROSCOPY_AUGMENTATION, cells)
    const there = await take(3, open(join(nuclei, 'images'), 2), MICROSCOPY_AUGMENTATION, cells)
    expect(there.map(digest)).toEqual(here.map(digest))
    for (const { feeds } of here) {
      expect(feeds.images.shape).toEqual([2, 256, 256, 3])
      const planes = feeds.gt_masks.data as Uint8Array
      for (let row = 0; row < feeds.gt_labels.data.length; row++) {
        const plane = planes.subarray(row * 65536, (row + 1) * 65536)
        const isReal = feeds.gt_labels.data[row] > 0n
        expect(plane.includes(1)).toBe(isReal)
        const [x1, y1, x2, y2] = feeds.gt_boxes.data.subarray(row * 4, row * 4 + 4)
        if (isReal) expect([plane.indexOf(1) >> 8, plane.lastIndexOf(1) >> 8]).toEqual([y1, y2 - 1])
        plane.forEach((value, i) => {
          if (value && ((i & 255) < x1 || (i & 255) >= x2)) throw new Error(`row ${row} leaves its box`)
        })
      }
    }
  })
})
