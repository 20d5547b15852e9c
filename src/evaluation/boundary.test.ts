import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseCoco } from '../formats/coco/coco.ts'
import { parseCocoResults } from '../formats/coco/coco-results.ts'
import { compressRle, decompressRle, encodeRle, rleArea } from '../geometry/rle.ts'
import { boundaryIouMatrix, boundaryWidth, maskBoundary } from './boundary.ts'
import { groupCells, measureCell } from './cells.ts'
import { evaluateCoco } from './coco-metric.ts'
import { defaultParams } from './evaluation-params.ts'

/** Made by the paper's reference implementation (OpenCV 5.0, pycocotools 2.0.11) with dilation ratio 0.02. */
interface Recorded {
  evaluations: Record<string, { stats: number[]; sumOfIous: number }>
  masks: { size: [number, number]; mask: string; boundary: string }[]
}

const fixtures = new URL('../../test/fixtures/', import.meta.url)
const json = (path: string) => JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'))
const recorded = json('evaluation/boundary.json') as Recorded

describe('maskBoundary', () => {
  it.each(recorded.masks.map((entry, i) => [i, entry] as const))(
    'mask %i as OpenCV erodes it',
    (_, entry) => {
      const [height, width] = entry.size
      const mask = decompressRle({ size: entry.size, counts: entry.mask })
      const boundary = maskBoundary(mask, boundaryWidth({ height, width }, 0.02))
      expect(compressRle(boundary).counts).toBe(entry.boundary)
    },
  )

  it('keeps a ring of a rectangle, also along the border of the image', () => {
    // 6 x 8 image of ones: two pixels from every side leave a 2 x 4 hole.
    const full = encodeRle(new Uint8Array(48).fill(1), { height: 6, width: 8 })
    expect(rleArea(maskBoundary(full, 2))).toBe(48 - 8)
  })
})

describe('boundaryWidth', () => {
  it('rounds halves to even and is never 0', () => {
    // Diagonals 625, 375, 5: 12.5, 7.5 and 0.1.
    expect(boundaryWidth({ height: 375, width: 500 }, 0.02)).toBe(12)
    expect(boundaryWidth({ height: 225, width: 300 }, 0.02)).toBe(8)
    expect(boundaryWidth({ height: 3, width: 4 }, 0.02)).toBe(1)
  })
})

describe('boundaryIouMatrix', () => {
  it('takes the smaller IoU, and for crowds the mask alone', () => {
    // Squares of side 10 and 8 in one corner, boundary of width 1: areas 100 and 64, boundaries 36 and 28; the boundaries share
    // the two sides of the corner, 8 + 7 pixels and nothing else.
    const size = { height: 20, width: 20 }
    const square = (side: number) =>
      encodeRle(
        Uint8Array.from({ length: 400 }, (_, i) => Number(i % 20 < side && Math.floor(i / 20) < side)),
        size,
      )
    const ious = (isCrowd: boolean) => boundaryIouMatrix([square(10)], [square(8)], [isCrowd], size, 0.02)[0]
    expect(ious(false)).toBe(15 / (36 + 28 - 15))
    expect(ious(true)).toBe(64 / 100)
  })
})

describe.each(Object.entries(recorded.evaluations))('boundary AP of %s', (name, expected) => {
  const groundTruth = parseCoco(json(`goldens/${name}/gt.json`), 'gt.json', { onDegenerate: 'keep' })
  const results = parseCocoResults(json(`goldens/${name}/dt.json`), 'dt.json', groundTruth)

  it('has the twelve figures of the reference', () => {
    const { stats } = evaluateCoco({ groundTruth, results, iouType: 'boundary' })
    expect(Object.values(stats)).toEqual(expected.stats)
  })

  it('has its overlaps', () => {
    const ids = (items: readonly { id: number }[]) => items.map(({ id }) => id)
    const cells = groupCells(groundTruth, results, ids(groundTruth.images), ids(groundTruth.categories), true)
    const sum = cells
      .flat()
      .flatMap((content) => [...measureCell(content, 'boundary', defaultParams('boundary')).ious])
      .reduce((total, iou) => total + iou, 0)
    expect(sum).toBeCloseTo(expected.sumOfIous, 10)
  })
})
