import { describe, expect, it } from 'vitest'
import { tileRegions } from '../geometry/regions.ts'
import { decodeRle, encodeRle, rleArea } from '../geometry/rle.ts'
import { random } from '../tensor/random.ts'
import { type Annotation, annotationToRle } from './dataset.ts'
import { cutAnnotation } from './tile-dataset.ts'

const SIZE = { width: 10, height: 8 }

function annotation(more: Partial<Annotation>): Annotation {
  return { id: 5, imageId: 1, categoryId: 1, box: [2, 1, 6, 4], area: 12, isCrowd: false, ...more }
}

describe('cutAnnotation', () => {
  it('moves an outline that is whole, with its box and area as stated', () => {
    const rings = [[2.5, 1, 6, 1, 6, 4.25, 2.5, 4.25]]
    const whole = annotation({ segmentation: rings, xywh: [2.5, 1, 3.5, 3.25], area: 11.375 })
    expect(cutAnnotation(whole, SIZE, { left: 2, top: 1, width: 5, height: 5 })).toMatchObject({
      visible: 1,
      annotation: {
        xywh: [0.5, 0, 3.5, 3.25],
        area: 11.375,
        segmentation: [[0.5, 0, 4, 0, 4, 3.25, 0.5, 3.25]],
      },
    })
  })

  it('cuts boxes at the border', () => {
    const piece = cutAnnotation(annotation({}), SIZE, { left: 4, top: 0, width: 4, height: 4 })
    expect(piece).toMatchObject({ visible: 0.5, annotation: { box: [0, 1, 2, 4], area: 6 } })
    expect(cutAnnotation(annotation({}), SIZE, { left: 6, top: 0, width: 4, height: 4 })).toBeUndefined()
  })

  it('shows in each tile just the pixels of the whole mask', () => {
    const { uniform, integer } = random(11)
    for (let round = 0; round < 40; round++) {
      const segmentation =
        round % 2 === 0
          ? [Array.from({ length: 6 + 2 * integer(5) }, (_, i) => uniform() * (i % 2 === 0 ? 10 : 8))]
          : encodeRle(
              Uint8Array.from({ length: 80 }, () => integer(2)),
              SIZE,
            )
      const whole = annotation({ segmentation })
      const bitmap = decodeRle(annotationToRle(whole, SIZE))
      for (const tile of tileRegions(SIZE, 4, 1)) {
        const piece = cutAnnotation(whole, SIZE, tile)
        const expected = Uint8Array.from(
          { length: tile.width * tile.height },
          (_, i) =>
            bitmap[(tile.top + Math.floor(i / tile.width)) * SIZE.width + tile.left + (i % tile.width)],
        )
        const area = expected.reduce((sum, pixel) => sum + pixel, 0)
        if (!piece) expect(area).toBe(0)
        else {
          expect(decodeRle(annotationToRle(piece.annotation, tile))).toEqual(expected)
          expect(piece.visible).toBe(area / rleArea(annotationToRle(whole, SIZE)))
        }
      }
    }
  })

  it('moves keypoints, and forgets those outside', () => {
    const whole = annotation({ keypoints: [3, 2, 2, 5, 3, 1, 0, 0, 0], keypointCount: 2 })
    const piece = cutAnnotation(whole, SIZE, { left: 4, top: 0, width: 4, height: 4 })
    expect(piece?.annotation).toMatchObject({ keypoints: [0, 0, 0, 1, 3, 1, 0, 0, 0], keypointCount: 1 })
  })
})
