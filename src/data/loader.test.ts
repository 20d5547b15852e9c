import { describe, expect, it } from 'vitest'
import { DataError } from '../errors.ts'
import { NO_AUGMENTATION } from './augment/augment.ts'
import { type BatchJob, runBatchJob } from './batch-job.ts'
import type { Dataset } from './dataset.ts'
import { keypointPlan } from './keypoints.ts'
import {
  type BatchMaker,
  checkImages,
  type LoadedBatch,
  type LoaderOptions,
  type LoaderPosition,
  loader,
} from './loader.ts'

/** Five images of 6 x 6, each a grey of its own; number 3 has only a crowd. */
const images = [1, 2, 3, 4, 5].map((id) => ({ id, fileName: `${id}.png`, width: 6, height: 6 }))
const mask = { size: [6, 6], counts: [7, 3, 26] } as const
const dataset: Dataset = {
  images,
  categories: [{ id: 1, name: 'cell' }],
  annotations: new Map(
    images.map(({ id }) => [
      id,
      [{ id, imageId: id, categoryId: 1, box: [1, 1, 2, 4], area: 3, isCrowd: id === 3, segmentation: mask }],
    ]),
  ),
}
const readImage = async (fileName: string) => ({
  data: new Uint8Array(6 * 6 * 3).fill(Number.parseInt(fileName, 10)),
  width: 6,
  height: 6,
})
const maker: BatchMaker = { concurrency: 2, make: (job) => runBatchJob(job, readImage) }
const options: LoaderOptions = {
  dataset,
  batchSize: 3,
  seed: 11,
  maker,
  augment: {
    ...NO_AUGMENTATION,
    quarterTurns: true,
    crop: { height: 5, width: 5, minVisible: 0, minArea: 0 },
  },
}

async function take(
  count: number,
  changes: Partial<LoaderOptions> = {},
  from?: LoaderPosition,
): Promise<LoadedBatch[]> {
  const batches: LoadedBatch[] = []
  for await (const batch of loader({ ...options, ...changes }, from)) {
    batches.push(batch)
    if (batches.length === count) break
  }
  return batches
}

describe('loader', () => {
  it('shows images of rare kinds more often, as many times as their factor on average', async () => {
    // One of the four images to learn from also shows a dog: sqrt(0.81 / 0.25) = 1.8 times an epoch, the others once.
    const rare = new Map(dataset.annotations)
    const cell = dataset.annotations.get(5)![0]
    rare.set(5, [cell, { ...cell, categoryId: 2 }])
    const categories = [...dataset.categories, { id: 2, name: 'dog' }]
    const changes = { dataset: { ...dataset, annotations: rare, categories }, repeat: { threshold: 0.81 } }
    const shown = new Map<number, string[]>()
    let from: LoaderPosition = { epoch: 0, index: 0 }
    for (const { files, position } of await take(800, { ...changes, batchSize: 1 })) {
      shown.set(from.epoch, [...(shown.get(from.epoch) ?? []), ...files])
      from = position
    }
    const epochs = [...shown.values()].slice(0, -1)
    for (const epoch of epochs) {
      const times = (name: string) => epoch.filter((file) => file === name).length
      expect([times('1.png'), times('2.png'), times('4.png')]).toEqual([1, 1, 1])
      expect([1, 2]).toContain(times('5.png'))
    }
    // Mean of 160 epochs or so: a standard error of 0.03.
    const mean = epochs.reduce((sum, epoch) => sum + epoch.length - 3, 0) / epochs.length
    expect(Math.abs(mean - 1.8)).toBeLessThan(0.1)
    // It continues from any place of an epoch of either length.
    const batches = await take(12, changes)
    const [, , third] = batches
    expect(await take(9, changes, third.position)).toEqual(batches.slice(3))
  })

  it('makes batches of one orientation where asked to, over the ends of epochs and from any place on', async () => {
    const mixed = {
      ...dataset,
      images: images.map((image) => ({ ...image, width: image.id > 2 ? 6 : 4 })),
    }
    // 1 and 2 are portraits, 4 and 5 squares; number 3 has nothing to learn from, so an epoch is two batches, or one and a half.
    const maker: BatchMaker = { concurrency: 1, make: async () => ({}) as never }
    const changes = { dataset: mixed, maker, groupByAspect: true }
    const kind = (file: string) => Number.parseInt(file, 10) > 2
    const pairs = await take(20, { ...changes, batchSize: 2 })
    for (const { files } of pairs) expect(new Set(files.map(kind)).size).toBe(1)
    const orders = new Set(pairs.map(({ files }) => files.join()))
    expect(orders.size).toBeGreaterThan(2)
    for (const repeat of [undefined, { threshold: 0.9 }]) {
      const batches = await take(16, { ...changes, batchSize: 3, repeat })
      for (const from of [3, 10]) {
        const again = await take(16 - from, { ...changes, batchSize: 3, repeat }, batches[from - 1].position)
        expect(again).toEqual(batches.slice(from))
      }
    }
  })

  it('shows every image once an epoch, in another order each time, filling batches from the next epoch', async () => {
    const batches = await take(8)
    expect(batches.map(({ position }) => [position.epoch, position.index]).slice(0, 4)).toEqual([
      [0, 3],
      [1, 2],
      [2, 1],
      [3, 0],
    ])
    const files = batches.flatMap((batch) => batch.files)
    const epochs = [0, 4, 8, 12, 16, 20].map((start) => files.slice(start, start + 4))
    for (const epoch of epochs) expect(epoch.toSorted()).toEqual(['1.png', '2.png', '4.png', '5.png'])
    expect(new Set(epochs.map((epoch) => epoch.join())).size).toBeGreaterThan(3)
    // The files told are the images shown; a missing edge of the crop is the mean colour, never these greys.
    for (const { files, feeds } of batches) {
      files.forEach((file, i) => {
        expect([...feeds.images.data.subarray(i * 32 * 32 * 3, i * 32 * 32 * 3 + 15)]).toContain(
          Number.parseInt(file, 10),
        )
      })
    }
  })

  it('has the keypoints of objects in its batches, whoever makes them, mirrored with their sides swapped', async () => {
    // A left hand at (1, 2) and no right one; in the mirror of 6 pixels it is the right one, at 5.
    const labelled = new Map(
      [...dataset.annotations].map(([id, [one]]) => [id, [{ ...one, keypoints: [1, 2, 2, 0, 0, 0] }]]),
    )
    const names = ['left_hand', 'right_hand']
    const people = {
      ...dataset,
      categories: [{ id: 1, name: 'cell', keypoints: names }],
      annotations: labelled,
    }
    const away: BatchMaker = { concurrency: 1, make: (job) => runBatchJob(structuredClone(job), readImage) }
    const keypointsOf = async (horizontalFlip: number) => {
      const [{ feeds }] = await take(1, {
        ...{ dataset: people, keypoints: keypointPlan(people.categories, 'test'), maker: away, batchSize: 1 },
        augment: { ...NO_AUGMENTATION, horizontalFlip },
      })
      return [...feeds.gt_keypoints.data]
    }
    expect(await keypointsOf(0)).toEqual([1, 2, 2, 0, 0, 0])
    expect(await keypointsOf(1)).toEqual([0, 0, 0, 5, 2, 2])
    expect((await take(1))[0].feeds).not.toHaveProperty('gt_keypoints')
  })

  it.each([
    ['', {}],
    [' with objects of other images', { copyPaste: { probability: 0.7 } }],
  ])('continues from any position as if it had never stopped%s', async (_, more) => {
    const changes = { augment: { ...options.augment, ...more } }
    const whole = await take(7, changes)
    const rest = await take(4, changes, JSON.parse(JSON.stringify(whole[2].position)))
    expect(rest).toEqual(whole.slice(3))
  })

  it('lays objects of other images over those whose turn it is', async () => {
    const augment = { ...NO_AUGMENTATION, copyPaste: { probability: 1 } }
    const batches = await take(40, { augment, batchSize: 1 })
    const isMixed = batches.map(({ files: [file], feeds }) => {
      const greys = new Set([...feeds.images.data.subarray(0, 32 * 3 * 6)].filter((grey) => grey > 0))
      const grey = [...greys].find((one) => one !== Number.parseInt(file, 10))
      // The object is at the same place in all images: of the one below nothing is left.
      expect([...feeds.gt_labels.data]).toEqual([1n])
      if (grey !== undefined) expect(feeds.images.data[(32 + 1) * 3]).toBe(grey)
      return grey !== undefined
    })
    // Half of the numbers of objects pasted are one, and a quarter of the images drawn are the image itself.
    expect(isMixed.filter((mixed) => mixed).length).toBeGreaterThan(5)
    expect(isMixed.filter((mixed) => !mixed).length).toBeGreaterThan(5)
  })

  it('shares one order between several: side by side their batches are those of one that takes as much at once', async () => {
    const from = { epoch: 0, index: 3 }
    const [a, b] = await Promise.all(
      [0, 1].map((part) => take(5, { batchSize: 2, share: { part, of: 2 } }, from)),
    )
    const whole = await take(5, { batchSize: 4 }, from)
    whole.forEach(({ files, position, feeds }, i) => {
      expect([...a[i].files, ...b[i].files]).toEqual(files)
      expect([a[i].position, b[i].position]).toEqual([position, position])
      expect([...a[i].feeds.images.data, ...b[i].feeds.images.data]).toEqual([...feeds.images.data])
      expect([...a[i].feeds.gt_boxes.data, ...b[i].feeds.gt_boxes.data]).toEqual([...feeds.gt_boxes.data])
    })
  })

  it('does not depend on who makes the batches, on how many at once, and on the order they are ready in', async () => {
    let calls = 0
    const slow: BatchMaker = {
      concurrency: 4,
      make: async (job) => {
        await new Promise((resolve) => setTimeout(resolve, 8 * (calls++ % 3 === 0 ? 1 : 0)))
        return runBatchJob(structuredClone(job), readImage)
      },
    }
    const augment = { ...options.augment, copyPaste: { probability: 0.5 } }
    expect(await take(6, { maker: slow, prefetch: 5, augment })).toEqual(
      await take(6, { prefetch: 0, augment }),
    )
  })

  it('depends on the seed, and augments an image anew each epoch', async () => {
    const shown = async (seed: number) =>
      (await take(4, { seed })).map(({ feeds }) => feeds.gt_boxes.data.join())
    expect(await shown(12)).not.toEqual(await shown(13))
    const alone: Partial<LoaderOptions> = {
      batchSize: 1,
      dataset: { ...dataset, images: images.slice(0, 1) },
    }
    expect(
      new Set((await take(12, alone)).map(({ feeds }) => feeds.gt_boxes.data.join())).size,
    ).toBeGreaterThan(3)
  })

  it('fills batches larger than the data set, and keeps images without objects on request', async () => {
    const [batch] = await take(1, { batchSize: 9, keepEmpty: true })
    expect(new Set(batch.files.slice(0, 5)).size).toBe(5)
    expect(batch.position).toEqual({ epoch: 1, index: 4 })
    const empty = batch.files.indexOf('3.png')
    expect(Array.from(batch.feeds.gt_labels.data, Number)[empty]).toBe(0)
  })

  it('makes at most the batch in use and those ahead', async () => {
    const started: BatchJob[] = []
    const counting: BatchMaker = {
      concurrency: 1,
      make: (job) => {
        started.push(job)
        return maker.make(job)
      },
    }
    await take(2, { maker: counting, prefetch: 3 })
    expect(started.length).toBe(5)
  })

  it('tells a failure when its batch is due, naming the file', async () => {
    const order = (await take(2)).flatMap(({ files }) => files)
    const broken = (fileName: string) =>
      fileName === order[3] ? Promise.reject(new RangeError('out of memory')) : readImage(fileName)
    const failing: BatchMaker = { concurrency: 2, make: (job) => runBatchJob(job, broken) }
    const batches = loader({ ...options, maker: failing })
    const first = await batches.next()
    const isInFirst = first.value.files.includes(order[3])
    expect(isInFirst).toBe(false)
    const failure = await batches.next().catch((error) => error)
    expect(failure).toBeInstanceOf(DataError)
    expect(failure.message).toBe(`${order[3]}: out of memory`)
  })

  it('refuses impossible options, and positions of other data', async () => {
    await expect(take(1, { batchSize: 0 })).rejects.toThrow('batchSize: impossible value')
    await expect(take(1, { maxInstances: 1.5 })).rejects.toThrow('maxInstances: impossible value')
    await expect(take(1, {}, { epoch: 0, index: 4 })).rejects.toThrow('position does not fit the data set')
    const crowds = { ...dataset, images: [images[2]] }
    await expect(take(1, { dataset: crowds })).rejects.toThrow('data set has no images to train on')
  })
})

describe('checkImages', () => {
  it('refuses an image that is listed twice, however it is written, and a list of none', async () => {
    const images = [dataset.images[0], { ...dataset.images[1], id: 77, fileName: './1.png' }]
    await expect(checkImages({ ...dataset, images }, async () => true, 'train.json')).rejects.toThrow(
      'train.json: image is listed twice; got ./1.png with the ids 1 and 77. `maskwright data doctor` with --fix joins both',
    )
    await expect(checkImages({ ...dataset, images: [] }, async () => true, 'train.json')).rejects.toThrow(
      'train.json: annotations list no images',
    )
  })

  it('counts and names the missing images', async () => {
    const there = async (fileName: string) => fileName === '2.png'
    await expect(checkImages(dataset, async () => true, 'train.json')).resolves.toBeUndefined()
    await expect(checkImages(dataset, there, 'train.json')).rejects.toThrow(
      'train.json: 4 of 5 images are missing; got no file for 1.png, 3.png, 4.png, 5.png. Check the folder',
    )
    await expect(checkImages(dataset, async () => false, 'train.json')).rejects.toThrow(
      'no file for 1.png, 2.png, 3.png, 4.png, 5.png.',
    )
  })
})
