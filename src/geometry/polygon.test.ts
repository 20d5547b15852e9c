import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { polygonsToRle, polygonToRle } from './polygon.ts'
import { encodeCounts, rleArea } from './rle.ts'

/** Written by pycocotools 2.0.11: `mask.frPyObjects([polygon], height, width)[0]['counts']`. */
const { cases } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/masks/polygons.json', import.meta.url), 'utf8'),
) as { cases: [kind: string, height: number, width: number, polygon: number[], counts: string][] }

describe('polygonToRle has the runs of pycocotools', () => {
  it.each([
    ['crossing', 60],
    ['huge', 40],
    ['tiny', 40],
    ['degenerate', 40],
    ['grid', 40],
    ['box', 30],
    ['star', 30],
    ['size', 25],
  ])('for outlines of kind %s', (kind, count) => {
    const chosen = cases.filter((one) => one[0] === kind)
    expect(chosen).toHaveLength(count)
    for (const [, height, width, polygon, counts] of chosen) {
      const mask = polygonToRle(polygon, { height, width })
      expect({ polygon, counts: encodeCounts(mask.counts) }).toEqual({ polygon, counts })
    }
  })

  it('whichever point comes first, and in either direction', () => {
    for (const [, height, width, polygon, counts] of cases.filter(([kind]) => kind === 'star')) {
      const turned = [...polygon.slice(4), ...polygon.slice(0, 4)]
      const backwards = turned.flatMap((_, i) => (i % 2 ? [] : turned.slice(-2 - i, turned.length - i)))
      for (const outline of [turned, backwards]) {
        expect(encodeCounts(polygonToRle(outline, { height, width }).counts)).toBe(counts)
      }
    }
  })
})

describe('polygonsToRle', () => {
  it('is empty without rings, also without pixels', () => {
    expect(polygonsToRle([], { height: 2, width: 3 })).toEqual({ size: [2, 3], counts: [6] })
    const none = polygonToRle([0, 0, 4, 0, 4, 4], { height: 0, width: 5 })
    expect(none).toEqual({ size: [0, 5], counts: [0] })
  })

  it('counts a pixel in two rings once', () => {
    const square = [0, 0, 4, 0, 4, 4, 0, 4]
    expect(rleArea(polygonsToRle([square, square, [2, 0, 6, 0, 6, 4, 2, 4]], { height: 9, width: 9 }))).toBe(
      24,
    )
  })
})

describe('a polygon that crosses an image to and fro', () => {
  const zigzag = (width: number, edges: number) =>
    Array.from({ length: edges }, (_, i) => [i % 2 ? 0 : width, i]).flat()

  it('is refused before it fills memory', () => {
    // 1000 edges over 10 million columns are 10,000 million changes.
    expect(() =>
      polygonToRle(zigzag(1e7, 1000), { height: 1e7, width: 1e7 }, 'a.json: annotations[0]'),
    ).toThrow(
      'a.json: annotations[0]: polygon crosses its image to and fro too often; expected edges over at most 16777216 pixel columns together',
    )
  })

  it('is drawn where the image is narrow', () => {
    expect(() => polygonToRle(zigzag(1e7, 1000), { height: 1000, width: 100 })).not.toThrow()
  })
})
