import { expect, it } from 'vitest'
import { editedLabels } from '../../../../src/formats/coco/edited-labels.ts'
import { openTrails, printOf } from './trails.ts'

const objects = (...ids: number[]) =>
  ids.map((id) => ({ id, image_id: 1, category_id: 1, segmentation: [[1, 2, 3, 4, 5, id]], iscrowd: 0 }))

it('knows every state since the one that is stored, and none before', () => {
  const trails = openTrails<number>()
  const [none, one, two, three] = [objects(), objects(1), objects(1, 2), objects(1, 2, 3)]
  for (const state of [one, two, three]) trails.follow(7, state, () => none)
  expect(trails.of(7)).toEqual([none, one, two, three].map(printOf))
  trails.reach(7, two)
  expect(trails.of(7)).toEqual([two, three].map(printOf))
  trails.reach(7, three)
  trails.follow(7, one, () => none)
  expect(trails.of(7)).toEqual([three, one].map(printOf))
  expect(trails.of(8)).toEqual([])
})

it('tells states apart, but not by what is computed where they are kept', () => {
  const measured = objects(1, 2).map((object) => ({ ...object, bbox: [1, 2, 3, 4], area: 5.5 }))
  expect(printOf(measured)).toBe(printOf(objects(1, 2)))
  const others = [
    objects(2, 1),
    objects(1),
    objects(),
    true,
    false,
    [{ id: 1, name: 'leaf' }],
    [{ id: 1, name: 'stem' }],
  ]
  expect(new Set([measured, ...others].map(printOf)).size).toBe(others.length + 1)
})

it('knows a state again from those who keep it, whatever order they write members in', async () => {
  const images = [{ id: 1, fileName: 'a.png', width: 40, height: 30 }]
  const categories = [{ id: 1, name: 'leaf' }]
  const labels = editedLabels({ images, categories, annotations: new Map() }, async () => {})
  const outline = { id: 1, image_id: 1, category_id: 1, segmentation: [[1, 2, 8.25, 2, 5, 9.1]], iscrowd: 0 }
  const pixels = { counts: '08c00', size: [4, 2] }
  const own = [outline, { ...outline, id: 2, segmentation: [], bbox: [1, 2, 3, 4] }]
  await labels.setObjects(1, own)
  await labels.setCategories([{ name: 'leaf', id: 1 }])
  const told = labels.document() as { annotations: unknown[]; categories: unknown[] }
  expect(printOf(told.annotations)).toBe(printOf(own))
  expect(printOf(told.categories)).toBe(printOf(categories))
  expect(printOf([{ segmentation: pixels }])).toBe(
    printOf([{ segmentation: { size: [4, 2], counts: '08c00' } }]),
  )
})
