import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { editedLabels } from './edited-labels.ts'

const START: Dataset = {
  images: [
    { id: 3, fileName: 'a.png', width: 40, height: 30 },
    { id: 5, fileName: 'b.png', width: 40, height: 30 },
  ],
  annotations: new Map(),
  categories: [{ id: 2, name: 'leaf' }],
}
/** A rectangle of 10 x 4 at 5, 6. */
const ring = [5, 6, 15, 6, 15, 10, 5, 10]
const object = (id: number, imageId: number, category = 2) => ({
  ...{ id, image_id: imageId, category_id: category, segmentation: [ring], iscrowd: 0 },
})

/** Stores only when it is let, and remembers how many objects each time has. */
function slowStore() {
  const stored: number[] = []
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const store = (dataset: Dataset) =>
    new Promise<void>((resolve, reject) => {
      stored.push([...dataset.annotations.values()].flat().length)
      waiting.push({ resolve, reject })
    })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { stored, waiting, store, settle }
}

describe('labels that are edited', () => {
  it('computes box and area of an outline, and tells them', async () => {
    const labels = editedLabels(START, async () => {})
    await labels.setObjects(3, [object(1, 3)])
    expect(labels.document()).toMatchObject({
      annotations: [{ id: 1, image_id: 3, bbox: [5, 6, 10, 4], area: 40, segmentation: [ring] }],
    })
    await labels.setObjects(3, [])
    expect(labels.document()).toMatchObject({ annotations: [] })
  })

  it('stores changes that come meanwhile together, and answers each only once it is stored', async () => {
    const { stored, waiting, store, settle } = slowStore()
    const labels = editedLabels(START, store)
    const done: string[] = []
    void labels.setObjects(3, [object(1, 3)]).then(() => done.push('first'))
    await settle()
    void labels.setObjects(3, [object(1, 3), object(2, 3)]).then(() => done.push('second'))
    void labels.setObjects(5, [object(3, 5)]).then(() => done.push('third'))
    await settle()
    expect(stored).toEqual([1])
    waiting[0].resolve()
    await settle()
    expect([stored, done]).toEqual([[1, 3], ['first']])
    waiting[1].resolve()
    await settle()
    expect(done).toEqual(['first', 'second', 'third'])
  })

  it('tells that it could not store, and stores all the next time', async () => {
    const { stored, waiting, store, settle } = slowStore()
    const labels = editedLabels(START, store)
    const failed = labels.setObjects(3, [object(1, 3)])
    await settle()
    waiting[0].reject(new Error('disk full'))
    await expect(failed).rejects.toThrow('disk full')
    const next = labels.setObjects(5, [object(2, 5)])
    await settle()
    waiting[1].resolve()
    await next
    expect(stored).toEqual([1, 2])
  })

  it('refuses what is no object, and leaves what was there', async () => {
    const labels = editedLabels(START, async () => {})
    await labels.setObjects(3, [object(1, 3)])
    const refused: [number, unknown[], RegExp][] = [
      [4, [], /no such image.*4/],
      [3, [object(1, 3, 7)], /category/],
      [3, [object(1, 5)], /belongs to no image/],
      [3, [{ ...object(1, 3), segmentation: [[1, 1, 2, 2]] }], /polygon|points/],
      [3, [object(1, 3), object(1, 3)], /annotation/],
      [5, [object(1, 5)], /another image.*annotation 1/],
      [3, ['x'], /expected/],
    ]
    for (const [image, objects, message] of refused) {
      await expect(labels.setObjects(image, objects), String(message)).rejects.toThrow(message)
    }
    expect(labels.document()).toMatchObject({ annotations: [{ id: 1 }] })
  })

  it('says of an image that it was checked, beside what else is said of it', async () => {
    const [first, second] = START.images
    const start = { ...START, images: [{ ...first, attributes: { license: 3 } }, second] }
    const seen: unknown[] = []
    const labels = editedLabels(start, async (_, { images }) => void seen.push([...images]))
    await labels.setChecked(3, true)
    expect(labels.document()).toMatchObject({ images: [{ id: 3, license: 3, checked: true }, { id: 5 }] })
    await labels.setChecked(3, false)
    expect(labels.dataset.images[0].attributes).toEqual({ license: 3, checked: false })
    expect(seen).toEqual([[3], [3]])
    await expect(labels.setChecked(9, true)).rejects.toThrow(/no such image.*9/)
  })

  it('takes new categories, and none away that objects have', async () => {
    const labels = editedLabels(START, async () => {})
    await labels.setObjects(3, [object(1, 3)])
    await labels.setCategories([
      { id: 2, name: 'leaf' },
      { id: 9, name: 'stem' },
    ])
    await labels.setObjects(5, [object(2, 5, 9)])
    await expect(labels.setCategories([{ id: 9, name: 'stem' }])).rejects.toThrow(/category 2/)
    const twice = [
      { id: 2, name: 'leaf' },
      { id: 9, name: 'leaf' },
    ]
    await expect(labels.setCategories(twice)).rejects.toThrow(/one name.*leaf/)
    await expect(
      labels.setCategories([
        { id: 2, name: ' ' },
        { id: 9, name: 'a' },
      ]),
    ).rejects.toThrow(/no name/)
  })
})
