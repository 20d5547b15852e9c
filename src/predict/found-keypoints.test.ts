import { describe, expect, it } from 'vitest'
import type { Session } from '../runtime/session.ts'
import { float32, int64, type Tensor } from '../tensor/tensor.ts'
import { foundKeypoints, labelledKeypoints } from './found-keypoints.ts'
import { planTiles } from './tile-plan.ts'
import { predictTiles } from './tiles.ts'

const bird = { id: 5, name: 'bird', keypoints: ['beak', 'tail'], skeleton: [[1, 2]] as const }

/** Zeros, with a peak at one cell of each of two maps of 4 x 4. */
function heatmaps(...peaks: readonly (readonly [column: number, row: number, height: number])[]) {
  const data = new Float32Array(peaks.length * 16)
  for (const [i, [column, row, height]] of peaks.entries()) data[16 * i + 4 * row + column] = height
  return float32(data, [peaks.length / 2, 2, 4, 4])
}

describe('foundKeypoints', () => {
  const outputs: Record<string, Tensor> = {
    heatmaps: heatmaps([0, 0, 1], [0, 0, 1], [2, 1, 7], [3, 3, 5]),
    networkBoxes: float32([0, 0, 4, 4, 3, 4, 7, 8], [2, 4]),
    networkSize: float32([16, 24], [2]),
  }

  it('looks for them in pixels of the network, and gives them in those of the image', () => {
    // A box of 4 x 4 network pixels, one a cell: peaks at (3 + 2.5, 4 + 1.5) and (6.5, 7.5). The image is 8 x 8: a third and a half.
    const [beak, tail] = foundKeypoints(outputs, 1, bird, { width: 8, height: 8 })!
    expect(beak).toEqual({ name: 'beak', x: expect.closeTo(5.5 / 3, 5), y: 2.75, score: 7 })
    expect(tail).toEqual({ name: 'tail', x: expect.closeTo(6.5 / 3, 5), y: 3.75, score: 5 })
  })

  it('has none where the model or the category has none', () => {
    expect(foundKeypoints({}, 0, bird, { width: 8, height: 8 })).toBeUndefined()
    expect(foundKeypoints(outputs, 0, { id: 6, name: 'nest' }, { width: 8, height: 8 })).toBeUndefined()
  })
})

describe('labelledKeypoints', () => {
  it('have no place where they are not labelled', () => {
    const annotation = {
      id: 1,
      imageId: 1,
      categoryId: 5,
      box: [0, 0, 9, 9] as const,
      area: 81,
      isCrowd: false,
    }
    expect(labelledKeypoints({ ...annotation, keypoints: [1, 2, 1, 0, 0, 0] }, bird)).toEqual([
      { name: 'beak', x: 1, y: 2, score: 1 },
      { name: 'tail', x: 0, y: 0, score: Number.NEGATIVE_INFINITY },
    ])
    expect(labelledKeypoints(annotation, bird)).toBeUndefined()
  })
})

describe('keypoints of a picture in tiles', () => {
  /** A bar of grey 90 from x 20 to 180; each tile sees its part, with beak and tail at the ends of the part, surer at the bar's own. */
  const session: Session = {
    inputs: [],
    outputs: [],
    dispose: async () => {},
    run: async ({ image }) => {
      const [height, width] = image.shape
      const columns = Array.from({ length: width }, (_, x) => x).filter(
        (x) => image.data[(10 * width + x) * 3] === 90,
      )
      const [from, to] = [columns[0], columns[columns.length - 1] + 1]
      const box = float32([from, 8, to, 12], [1, 4])
      return {
        boxes: box,
        scores: float32([0.9]),
        labels: int64([1]),
        heatmaps: heatmaps([0, 1, from > 0 ? 9 : 2], [3, 1, to < width ? 9 : 2]),
        networkBoxes: box,
        networkSize: float32([height, width]),
      }
    },
  }
  const picture = {
    ...{ width: 200, height: 20, notes: [], close: async () => {} },
    read: async ({ left, width, height }: { left: number; width: number; height: number }) => {
      const data = new Uint8Array(width * height * 3)
      for (let i = 0; i < width * height; i++) {
        const x = left + (i % width)
        if (x >= 20 && x < 180) data.fill(90, 3 * i, 3 * i + 3)
      }
      return { data, width, height }
    },
  }

  it('are in pixels of the picture, each from the part that is surest of it', async () => {
    const plan = planTiles(picture, { kind: 'keep' }, { tile: 120, overlap: 40 })!
    const { instances } = await predictTiles({ session, categories: [bird] }, picture, plan, {
      score: 0.5,
      max: 9,
    })
    expect(instances.map(({ box }) => box)).toEqual([[20, 8, 180, 12]])
    const [{ keypoints = [], skeleton }] = instances
    expect(skeleton).toEqual([[1, 2]])
    // The beak is in the first quarter of the left part (20 to 120), the tail in the last of the right one (80 to 180).
    const [beak, tail] = keypoints
    expect([beak.name, tail.name]).toEqual(['beak', 'tail'])
    expect(Math.min(beak.score, tail.score)).toBeGreaterThan(8)
    expect(beak.x).toBeGreaterThan(20)
    expect(beak.x).toBeLessThan(45)
    expect(tail.x).toBeGreaterThan(155)
    expect(tail.x).toBeLessThan(180)
  })
})
