import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { zeros } from '../tensor/tensor.ts'
import { levelAnchors } from './anchors.ts'
import { featureMap } from './feature-map.ts'

/** Two anchors of 32 pixels in each of 1 x 2 cells of stride 64, of an image of 48 x 96: torchvision's step would be 48. */
async function anchors(exact: boolean): Promise<number[]> {
  const maps = [featureMap(constant(zeros('float32', [1, 4, 1, 2])), 64)]
  const config = { sizes: [[32]], aspectRatios: [[1, 2]], exact }
  const [boxes] = levelAnchors(config, maps, { height: 48, width: 96 })
  const results = await runGraph({ boxes })
  return [...(results.boxes.data as Float32Array)]
}

it('are rounded, with cells as far apart as the image and the map say', async () => {
  // 32 / sqrt(2) / 2 = 11.3, 32 * sqrt(2) / 2 = 22.6.
  const cell = [-16, -16, 16, 16, -11, -23, 11, 23]
  expect(await anchors(false)).toEqual([...cell, ...cell.map((x, i) => x + (i % 2 === 0 ? 48 : 0))])
})

it('stay as they are, a stride apart, where they are exact', async () => {
  const [short, long] = [Math.sqrt(128), Math.sqrt(512)]
  const cell = [-16, -16, 16, 16, -short, -long, short, long]
  const expected = [...cell, ...cell.map((x, i) => x + (i % 2 === 0 ? 64 : 0))]
  const found = await anchors(true)
  expect(found.length).toBe(expected.length)
  for (const [i, x] of expected.entries()) expect(found[i]).toBeCloseTo(x, 4)
})
