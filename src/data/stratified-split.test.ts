import { describe, expect, it } from 'vitest'
import { type Annotation, annotationsOf, type Dataset } from './dataset.ts'
import { stratifiedSplit } from './stratified-split.ts'

/** Images with objects of these categories each. */
function labelled(...images: readonly (readonly number[])[]): Dataset {
  let id = 1
  const annotation = (imageId: number, categoryId: number): Annotation => ({
    ...{ id: id++, imageId, categoryId, box: [0, 0, 2, 2], area: 4, isCrowd: false },
  })
  return {
    images: images.map((_, i) => ({ id: i + 1, fileName: `${i}.png`, width: 9, height: 9 })),
    annotations: new Map(images.map((own, i) => [i + 1, own.map((category) => annotation(i + 1, category))])),
    categories: [1, 2].map((category) => ({ id: category, name: `${category}` })),
  }
}

const SIDES = [
  { name: 'train', share: 0.8 },
  { name: 'val', share: 0.2 },
]

function names({ images }: Dataset): string[] {
  return images.map(({ fileName }) => fileName)
}

describe('stratifiedSplit', () => {
  it('gives each side its share of a rare category, of a frequent one, and of images without any', () => {
    // 5 images have category 2, 20 have category 1, 10 have nothing.
    const data = labelled(
      ...Array.from({ length: 5 }, () => [2]),
      ...Array.from({ length: 20 }, () => [1]),
      ...Array.from({ length: 10 }, () => []),
    )
    for (const seed of [0, 1, 2]) {
      const [train, val] = stratifiedSplit(data, SIDES, { seed })
      const counts = [2, 1].map(
        (category) =>
          val.images.filter(({ id }) => annotationsOf(val, id)[0]?.categoryId === category).length,
      )
      const empty = val.images.filter(({ id }) => annotationsOf(val, id).length === 0).length
      expect([...counts, empty], `seed ${seed}`).toEqual([1, 4, 2])
      expect([...names(train), ...names(val)].sort()).toEqual(names(data).sort())
    }
  })

  it('spreads crowded images, which are few, over both sides', () => {
    // One image in five holds twelve objects.
    const data = labelled(...Array.from({ length: 25 }, (_, i) => Array(i % 5 === 0 ? 12 : 1).fill(1)))
    const [, val] = stratifiedSplit(data, SIDES, { seed: 3 })
    expect(val.images.filter(({ id }) => annotationsOf(val, id).length === 12)).toHaveLength(1)
    expect(val.images).toHaveLength(5)
  })

  it('is the same for the same seed and another for another', () => {
    const data = labelled(...Array.from({ length: 30 }, () => [1]))
    const val = (seed: number) => names(stratifiedSplit(data, SIDES, { seed })[1]).join()
    expect(val(7)).toBe(val(7))
    expect(new Set([1, 2, 3, 4].map(val)).size).toBeGreaterThan(1)
  })

  it('keeps groups whole, leaves no side empty, and refuses fewer groups than sides', () => {
    const data = labelled([1], [1], [1], [1], [1], [1])
    const groups = [0, 0, 0, 1, 1, 1]
    const sides = stratifiedSplit(data, SIDES, { seed: 0, groups }).map((side) => names(side).join())
    expect(sides.sort()).toEqual(['0.png,1.png,2.png', '3.png,4.png,5.png'])
    expect(() => stratifiedSplit(data, SIDES, { seed: 0, groups: [0, 0, 0, 0, 0, 0] })).toThrow(
      'there are fewer groups of images than sides; expected at least 2, for train, val, got 1',
    )
  })
})
