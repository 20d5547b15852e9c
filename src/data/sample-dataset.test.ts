import { expect, it } from 'vitest'
import type { Sample } from './sample.ts'
import { sampleDataset } from './sample-dataset.ts'

it('has the masks of samples where they lie in the image, under the ids of their categories', () => {
  const image = { data: new Uint8Array(4 * 3 * 3), width: 4, height: 3 }
  const masked = { box: [1, 1, 3, 3] as const, label: 2, mask: Uint8Array.of(1, 0, 1, 1) }
  const boxed = {
    ...{ box: [0, 0, 1.5, 2] as const, label: 1 },
    keypoints: { points: [1, 1, 2], mirror: [0] },
  }
  const ignored = { box: [0, 0, 4, 3] as const, label: 0 }
  const samples: Sample[] = [
    { image, instances: [], imageId: 7, fileName: 'a.png' },
    { image, instances: [masked, ignored, boxed], imageId: 7, fileName: 'a.png' },
  ]
  const categories = [
    { id: 9, name: 'dog' },
    { id: 4, name: 'cat' },
  ]
  const { images, annotations } = sampleDataset(samples, categories)
  expect(images.map(({ id, fileName, width, height }) => [id, fileName, width, height])).toEqual([
    [1, 'a.png', 4, 3],
    [2, 'a.png', 4, 3],
  ])
  expect(annotations.get(1)).toEqual([])
  // By columns: three zeros, then x = 1: 0 1 1, x = 2: 0 0 1, three zeros.
  expect(annotations.get(2)).toEqual([
    {
      ...{ id: 1, imageId: 2, categoryId: 9, box: [1, 1, 3, 3], area: 3, isCrowd: false },
      segmentation: { size: [3, 4], counts: expect.anything() },
    },
    { id: 2, imageId: 2, categoryId: 4, box: [0, 0, 1.5, 2], area: 3, isCrowd: false, keypoints: [1, 1, 2] },
  ])
  const [{ segmentation }] = annotations.get(2)!
  expect([...(segmentation as { counts: ArrayLike<number> & Iterable<number> }).counts]).toEqual([
    4, 2, 2, 1, 3,
  ])
})
