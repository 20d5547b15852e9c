import { expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant } from '../graph/value.ts'
import { float32, int64 } from '../tensor/tensor.ts'
import { featureMap } from './feature-map.ts'
import { poolRegions } from './multi-level-roi-align.ts'

/** `[1, 1, side, side]` whose pixel (y, x) holds y * side + x. */
const counting = (side: number) =>
  constant(
    float32(
      Array.from({ length: side * side }, (_, i) => i),
      [1, 1, side, side],
    ),
  )

it('takes the largest whole pixel of a region from the level of its size', async () => {
  const rois = constant(float32([0, 0, 16, 16, 0, 0, 112, 112], [2, 4]))
  const images = constant(int64([0, 0]))
  const config = { outputSize: 1, samplingRatio: 2, aligned: false }
  const maps = [featureMap(counting(32), 4), featureMap(counting(16), 8)]
  const pooled = poolRegions(maps, rois, images, { ...config, pooler: 'roi-pool' })
  const averaged = poolRegions(maps, rois, images, config)
  const found = await runGraph({ pooled, averaged })
  // 16 pixels are level 2: pixels 0..4 of a map 32 wide, the last is 4 * 32 + 4. 112 pixels are level 3: 14 * 16 + 14.
  expect(Array.from(found.pooled.data as Float32Array)).toEqual([132, 238])
  // RoIAlign with 2 x 2 samples on a ramp gives its value at the centre: (2, 2) and (7, 7).
  expect(Array.from(found.averaged.data as Float32Array)).toEqual([66, 119])
})

it('refuses maps whose strides do not double', () => {
  const maps = [featureMap(counting(32), 4), featureMap(counting(8), 16)]
  const config = { outputSize: 1, samplingRatio: 2, aligned: false }
  expect(() => poolRegions(maps, constant(float32([], [0, 4])), constant(int64([])), config)).toThrow(
    'pooling: regions are pooled from maps whose strides double; got 4, 16',
  )
})

it('refuses levels by the area of images whose sizes it does not know', () => {
  const maps = [featureMap(counting(32), 4), featureMap(counting(16), 8)]
  const config = { outputSize: 1, samplingRatio: 2, aligned: false, levels: 'area-ratio' } as const
  expect(() => poolRegions(maps, constant(float32([], [0, 4])), constant(int64([])), config)).toThrow(
    'pooling.levels: levels by area ratio need the sizes of the images; expected maps with imageSizes',
  )
})
