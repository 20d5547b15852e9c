import { describe, expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { Losses } from './losses.ts'
import { type MergeRules, type MergeSource, mergeDatasets, sharedNames } from './merge.ts'

interface Made {
  readonly images: readonly (readonly [file: string, width?: number])[]
  /** Image, category, side of the box. */
  readonly objects: readonly (readonly [image: number, category: number, side: number])[]
  readonly categories: readonly string[]
  readonly pixels?: Readonly<Record<string, string>>
}

function source(name: string, { images, objects, categories, pixels = {} }: Made): MergeSource {
  const file = {
    images: images.map(([file_name, width = 9], i) => ({ id: i + 1, file_name, width, height: 9 })),
    annotations: objects.map(([image_id, category_id, side], i) => ({
      ...{ id: i + 1, image_id, category_id, bbox: [0, 0, side, side] },
    })),
    categories: categories.map((category, i) => ({ id: i + 1, name: category })),
  }
  return { name, dataset: parseCoco(file, name), folder: `${name}/`, pixels: new Map(Object.entries(pixels)) }
}

function merge(sources: readonly MergeSource[], rules: MergeRules = {}) {
  const losses = new Losses()
  const { dataset } = mergeDatasets(sources, rules, losses)
  return {
    images: dataset.images.map(({ id, fileName }) => `${id} ${fileName}`),
    objects: [...dataset.annotations.values()]
      .flat()
      .map(({ id, imageId, categoryId, area }) => [id, imageId, categoryId, area]),
    categories: dataset.categories.map(({ id, name }) => `${id} ${name}`),
    told: [...losses.lost, ...losses.noted].map(({ what, count }) => `${what}: ${count}`),
  }
}

const one = source('one', { images: [['a.png']], objects: [[1, 1, 2]], categories: ['cell', 'debris'] })

describe('mergeDatasets', () => {
  it('matches categories by name and numbers everything anew', () => {
    const two = source('two', {
      images: [['b.png'], ['c.png']],
      objects: [
        [1, 1, 3],
        [2, 2, 4],
        [2, 3, 5],
      ],
      categories: ['debris', 'cell', 'yeast'],
    })
    expect(merge([one, two])).toEqual({
      images: ['1 a.png', '2 b.png', '3 c.png'],
      objects: [
        [1, 1, 1, 4],
        [2, 2, 2, 9],
        [3, 3, 1, 16],
        [4, 3, 3, 25],
      ],
      categories: ['1 cell', '2 debris', '3 yeast'],
      told: [],
    })
  })

  it('asks whether categories of nearly one name are one', () => {
    const two = source('two', { images: [['b.png']], objects: [[1, 1, 3]], categories: ['Cell'] })
    expect(() => merge([one, two])).toThrow(
      'two: two categories have nearly one name; got "Cell", and "cell" in one. If they are one, say --rename "Cell=cell"',
    )
    expect(merge([one, two], { rename: new Map([['Cell', 'cell']]) }).categories).toEqual([
      '1 cell',
      '2 debris',
    ])
    expect(() => merge([one, one], { rename: new Map([['cels', 'cell']]) })).toThrow(
      '--rename: no category is called "cels"; expected some of cell, debris',
    )
  })

  it('joins an image that is there twice, with what both say of it, equal objects once', () => {
    const a = source('a', {
      ...{ images: [['x.png']], categories: ['cell'], pixels: { 'x.png': 'p' } },
      objects: [
        [1, 1, 2],
        [1, 1, 3],
      ],
    })
    const b = source('b', {
      ...{ images: [['x.png']], categories: ['cell'], pixels: { 'x.png': 'p' } },
      objects: [
        [1, 1, 3],
        [1, 1, 4],
      ],
    })
    expect(merge([a, b])).toMatchObject({
      images: ['1 x.png'],
      objects: [
        [1, 1, 1, 4],
        [2, 1, 1, 9],
        [3, 1, 1, 16],
      ],
      told: ['annotations that are there twice, taken once: 1', 'images that are there twice, joined: 1'],
    })
  })

  it('refuses equal names of different images, and of images that it cannot compare, unless told what they are', () => {
    const made = { images: [['x.png']], objects: [], categories: ['cell'] } as const
    const [a, b] = ['p', 'q'].map((pixels) => source(pixels, { ...made, pixels: { 'x.png': pixels } }))
    expect(() => merge([a, b])).toThrow('x.png of q: another image has this name; got other pixels in p')
    expect(merge([a, b], { sameName: 'prefix' }).images).toEqual(['1 p/x.png', '2 q/x.png'])
    expect(merge([a, b], { sameName: 'join' }).images).toEqual(['1 x.png'])
    expect(() => merge([a, source('r', { ...made, images: [['X.PNG']] })])).toThrow(
      'X.PNG of r: another image has this name, and their pixels could not be compared',
    )
    expect(() => merge([a, source('r', { ...made, images: [['x.png', 8]] })], { sameName: 'join' })).toThrow(
      'x.png of r: another image of this name has another size; got 9 x 9 in p, 8 x 9 here',
    )
  })

  it('says which names several have', () => {
    const two = source('two', { images: [['A.png'], ['b.png']], objects: [], categories: [] })
    expect(sharedNames([one.dataset, two.dataset])).toEqual([['a.png'], ['A.png']])
  })
})
