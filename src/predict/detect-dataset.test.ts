import { describe, expect, it } from 'vitest'
import type { Dataset, DatasetImage } from '../data/dataset.ts'
import type { RawImage } from '../data/picture.ts'
import { detectDataset } from './detect-dataset.ts'
import type { Prediction } from './predictor.ts'

const dataset: Dataset = {
  images: [
    { id: 30, fileName: 'a.png', width: 6, height: 4 },
    { id: 10, fileName: 'b.png', width: 5, height: 5 },
  ],
  annotations: new Map(),
  categories: [{ id: 2, name: 'cell' }],
}
const load = async ({ width, height }: { width: number; height: number }): Promise<RawImage> => ({
  data: new Uint8Array(width * height * 3),
  width,
  height,
})

/** As many instances as the image is higher than 3, each as wide as the image. */
const detect = async ({ width, height }: RawImage): Promise<Prediction> => ({
  notes: [],
  width,
  height,
  milliseconds: 1,
  instances: Array.from({ length: height - 3 }, (_, i) => ({
    categoryId: 2,
    category: 'cell',
    score: 0.5,
    box: [0, i, width, i + 1] as const,
  })),
})

describe('detectDataset', () => {
  it('returns results in the order of the images, under their ids, and tells of each', async () => {
    const told: unknown[] = []
    const results = await detectDataset(dataset, load, detect, {
      onImage: (done, image, { instances }) => told.push([done, image.fileName, instances.length]),
    })
    expect(results.map(({ imageId, categoryId, xywh }) => [imageId, categoryId, xywh])).toEqual([
      [30, 2, [0, 0, 6, 1]],
      [10, 2, [0, 0, 5, 1]],
      [10, 2, [0, 1, 5, 1]],
    ])
    expect(told).toEqual([
      [1, 'a.png', 1],
      [2, 'b.png', 2],
    ])
  })

  it.each([
    [4, 6],
    [5, 4],
    [6, 5],
  ])('refuses an image of %i x %i where its annotations say 6 x 4', async (width, height) => {
    await expect(detectDataset(dataset, () => load({ width, height }), detect)).rejects.toThrow(
      `a.png: image has another size than its annotations say; expected 6 x 4, got ${width} x ${height}. Was the image resized or turned after it was labelled?`,
    )
  })

  it('ends between images when aborted', async () => {
    const stop = new AbortController()
    const loaded: string[] = []
    const loadOne = async (image: DatasetImage) => {
      loaded.push(image.fileName)
      stop.abort(new Error('enough'))
      return load(image)
    }
    await expect(detectDataset(dataset, loadOne, detect, { signal: stop.signal })).rejects.toThrow('enough')
    expect(loaded).toEqual(['a.png'])
  })
})
