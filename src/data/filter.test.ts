import { describe, expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { type FilterRules, filterDataset } from './filter.ts'
import { Losses } from './losses.ts'

const file = {
  images: ['x/a.png', 'x/b.png', 'y/a.png'].map((file_name, i) => ({
    ...{ id: i + 1, file_name, width: 9, height: 9 },
  })),
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 2, 2], area: 4 },
    { id: 2, image_id: 1, category_id: 2, bbox: [0, 0, 3, 3], area: 9 },
    { id: 3, image_id: 3, category_id: 2, bbox: [0, 0, 5, 5], area: 25, iscrowd: 1 },
  ],
  categories: [
    { id: 1, name: 'cell' },
    { id: 2, name: 'debris' },
  ],
}

function filter(rules: FilterRules) {
  const losses = new Losses()
  const { images, annotations, categories } = filterDataset(parseCoco(file, 'f.json'), rules, losses)
  return {
    images: images.map(({ fileName }) => fileName),
    annotations: [...annotations.values()].flat().map(({ id }) => id),
    categories: categories.map(({ name }) => name),
    lost: losses.lost.map(({ what, count }) => `${what}: ${count}`),
  }
}

describe('filterDataset', () => {
  it('keeps categories, and images that lose all they had unless told to drop them', () => {
    expect(filter({ categories: ['cell'] })).toEqual({
      images: ['x/a.png', 'x/b.png', 'y/a.png'],
      annotations: [1],
      categories: ['cell'],
      lost: ['annotations of other categories: 2', 'categories: 1'],
    })
    expect(filter({ dropCategories: ['debris'], dropEmpty: true })).toMatchObject({
      images: ['x/a.png'],
      annotations: [1],
      lost: ['annotations of other categories: 2', 'images without annotations: 2', 'categories: 1'],
    })
    expect(() => filter({ categories: ['Cell'] })).toThrow(
      'no category is called "Cell"; expected some of cell, debris',
    )
  })

  it('keeps areas from the least to the largest, both included', () => {
    expect(filter({ minArea: 9 }).annotations).toEqual([2, 3])
    expect(filter({ maxArea: 9 }).annotations).toEqual([1, 2])
    expect(filter({ dropCrowds: true }).annotations).toEqual([1, 2])
  })

  it('keeps images whose names match: the last part, or the whole path where the pattern has folders', () => {
    expect(filter({ images: 'a.*' }).images).toEqual(['x/a.png', 'y/a.png'])
    expect(filter({ images: 'x/*' }).images).toEqual(['x/a.png', 'x/b.png'])
    expect(filter({ images: '**/?.png' }).images).toHaveLength(3)
    expect(filter({ images: 'apng' })).toMatchObject({
      images: [],
      lost: ['images of other names: 3', 'annotations of images of other names: 3'],
    })
  })
})
