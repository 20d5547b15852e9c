import { expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { parseCoco } from './coco.ts'
import { editedLabels } from './edited-labels.ts'
import { labelledPhotosText, parseLabelledPhotos, taughtLabels, withChecked } from './labelled-photos.ts'

const photo = (id: number) => ({ id, fileName: `${id}.png`, width: 9, height: 8 })
const object = { id: 1, category_id: 1, image_id: 3, segmentation: [[1, 1, 5, 1, 5, 4]], iscrowd: 0 }
/** The first is of labels from elsewhere, which say that it is empty. */
const START: Dataset = {
  images: [photo(1), ...[2, 3, 4].map((id) => withChecked(photo(id), false))],
  annotations: new Map(),
  categories: [{ id: 1, name: 'leaf' }],
}

it('categories without objects are not taught', () => {
  const leaf = { id: 9, imageId: 1, categoryId: 1, box: [1, 1, 5, 4], area: 6, isCrowd: false } as const
  const categories = [
    { id: 1, name: 'leaf' },
    { id: 2, name: 'object' },
  ]
  const taught = taughtLabels({ ...START, annotations: new Map([[1, [leaf]]]), categories })
  expect(taught.categories).toEqual([{ id: 1, name: 'leaf' }])
  expect(taught.images.map(({ id }) => id)).toEqual([1])
})

it('photos that nobody has labelled are no images of the file, and come back in their turn', async () => {
  const labels = editedLabels(START, async () => {})
  await labels.setObjects(3, [object])
  await labels.setChecked(4, true)
  const file = JSON.parse([...labelledPhotosText(labels.dataset)].join(''))
  expect(parseCoco(file, 'file').images.map(({ id }) => id)).toEqual([1, 3, 4])
  expect(file.unlabelled).toEqual([{ id: 2, file_name: '2.png', width: 9, height: 8, checked: false }])

  const { images, annotations } = parseLabelledPhotos(file, 'file')
  expect(images.map(({ id }) => id)).toEqual([1, 3, 4, 2])
  expect([...annotations.keys()]).toEqual([3])

  // What is taken back makes it a photo that nobody has labelled again.
  await labels.setObjects(3, [])
  await labels.setChecked(4, false)
  const emptied = JSON.parse([...labelledPhotosText(labels.dataset)].join(''))
  expect(emptied.images.map(({ id }: { id: number }) => id)).toEqual([1])
  expect(() => parseLabelledPhotos({ ...file, unlabelled: [file.images[0]] }, 'file')).toThrow(/image.*1/)
})
