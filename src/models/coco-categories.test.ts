import { expect, it } from 'vitest'
import { cocoCategories } from './coco-categories.ts'

/** What torchvision's labels have no name for. */
const UNUSED = [12, 26, 29, 30, 45, 66, 68, 69, 71, 83]

it("has torchvision's 90 labels and COCO's 80 categories", () => {
  const [ids, eighty] = [cocoCategories(91), cocoCategories(81)]
  expect(ids.map(({ id }) => id)).toEqual(Array.from({ length: 90 }, (_, i) => i + 1))
  expect(eighty).toHaveLength(80)
  expect(eighty).toEqual(ids.filter(({ id }) => !UNUSED.includes(id)))
  const named = Object.fromEntries(ids.map(({ id, name }) => [name, id]))
  expect(named).toMatchObject({
    person: 1,
    'stop sign': 13,
    backpack: 27,
    bottle: 44,
    bed: 65,
    toothbrush: 90,
  })
})

it('has people with 17 keypoints', () => {
  const [person] = cocoCategories(2)
  expect(person.keypoints).toHaveLength(17)
  expect(person.keypoints?.[16]).toBe('right_ankle')
  expect(Math.max(...(person.skeleton ?? []).flat())).toBe(17)
  expect(() => cocoCategories(5)).toThrow(
    'numClasses: COCO has another number of classes; expected 91, 81 or 2',
  )
})
