import { describe, expect, it } from 'vitest'
import type { Annotation, Dataset, DatasetImage } from './dataset.ts'
import { repeatFactors } from './repeat-factors.ts'

/** An image for each list of categories; a crowd of category 9 on every one. */
function datasetOf(categories: readonly number[][], attributes: DatasetImage['attributes'][] = []): Dataset {
  const images = categories.map((_, i) => ({
    ...{ id: i + 1, fileName: `${i + 1}.png`, width: 9, height: 9 },
    attributes: attributes[i],
  }))
  const annotation = (imageId: number, categoryId: number, isCrowd: boolean): Annotation => ({
    ...{ id: 0, imageId, categoryId, box: [1, 1, 2, 2], area: 1, isCrowd },
  })
  const annotations = categories.map((own, i): [number, Annotation[]] => [
    i + 1,
    [...own.map((category) => annotation(i + 1, category, false)), annotation(i + 1, 9, true)],
  ])
  return { images, annotations: new Map(annotations), categories: [] }
}

describe('repeatFactors', () => {
  it('repeats images by their rarest category', () => {
    // Category 1 is on all eight images, 2 on two of them (twice on one), 3 on one.
    const dataset = datasetOf([[1], [1], [1], [1], [1], [1, 2, 2], [2, 1, 3], [1]])
    const factors = repeatFactors(dataset, dataset.images, { threshold: 0.5 })
    // sqrt(0.5 / 0.25) and sqrt(0.5 / 0.125)
    expect(factors).toEqual([1, 1, 1, 1, 1, Math.SQRT2, 2, 1])
    expect(repeatFactors(dataset, dataset.images, { threshold: 0.125 })).toEqual(new Array(8).fill(1))
  })

  it('repeats images by an attribute, those without it as a kind of their own', () => {
    const kinds = ['a', 'a', 'a', 'b', 'a', undefined, 'a', 'a', 'a']
    const attributes = kinds.map((kind): DatasetImage['attributes'] =>
      kind ? { site: 'x', stain: kind } : { site: 'x' },
    )
    const dataset = datasetOf(
      kinds.map(() => [1]),
      attributes,
    )
    const factors = repeatFactors(dataset, dataset.images, { threshold: 1, attribute: 'stain' })
    const a = Math.sqrt(9 / 7)
    for (const [i, expected] of [a, a, a, 3, a, 3, a, a, a].entries())
      expect(factors[i]).toBeCloseTo(expected, 12)
    expect(() => repeatFactors(dataset, dataset.images, { threshold: 1, attribute: 'stian' })).toThrow(
      'data.train.repeat.attribute: no image has the attribute "stian"; expected one of site, stain',
    )
  })

  it('takes no name that every object has for an attribute', () => {
    const dataset = datasetOf([[1], [1]], [{ site: 'x' }, undefined])
    expect(() => repeatFactors(dataset, dataset.images, { threshold: 1, attribute: 'toString' })).toThrow(
      'no image has the attribute "toString"; expected one of site',
    )
    // Of four images one has it: sqrt(4) for that, sqrt(4 / 3) for the others.
    const own = datasetOf([[1], [1], [1], [1]], [{ toString: 'x' } as never, {}, {}, {}])
    const factors = repeatFactors(own, own.images, { threshold: 1, attribute: 'toString' })
    for (const [i, expected] of [2, 1.1547, 1.1547, 1.1547].entries())
      expect(factors[i]).toBeCloseTo(expected, 4)
  })

  it('counts the images that are trained on, not those that are not', () => {
    const dataset = datasetOf([[1], [1], [2], [], [], [], [], []])
    const images = dataset.images.slice(0, 3)
    const [first, , third] = repeatFactors(dataset, images, { threshold: 1 })
    expect(first).toBeCloseTo(Math.sqrt(3 / 2), 12)
    expect(third).toBeCloseTo(Math.sqrt(3), 12)
    const none = repeatFactors(dataset, dataset.images, { threshold: 1 })
    expect(none[7]).toBe(1)
  })
})
