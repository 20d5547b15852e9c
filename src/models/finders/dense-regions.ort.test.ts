import { describe, expect, it } from 'vitest'
import { runGraph } from '../../../test/run-graph.ts'
import { constant } from '../../graph/value.ts'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { gather } from '../../ops/gather.ts'
import { float32, int64, toNumbers } from '../../tensor/tensor.ts'
import { ROI_PRIORITY } from '../sampled-rois.ts'
import { DENSE_REGIONS_DEFAULTS, regionSampler } from './dense-regions.ts'

describe('regions that branches learn from', () => {
  const boxes = constant(float32([-10, -10, 200, 50, 20, 20, 40, 60], [2, 4]))
  const level = {
    scores: constant(float32([0.9, 0.8], [1, 2, 1])),
    boxes: (_: number, rows: Parameters<typeof gather>[1]) => gather(boxes, rows),
  }
  const batch = {
    images: constant(float32(new Float32Array(3 * 64 * 96), [1, 3, 64, 96])),
    imageSizes: constant(float32([40, 70], [1, 2])),
    boxes: constant(float32([20, 20, 40, 40], [1, 1, 4])),
    labels: constant(int64([1], [1, 1])),
    random: new Map([[ROI_PRIORITY, constant(float32(new Float32Array(101), [1, 101]))]]),
  }
  const found = async (clips: boolean) => {
    const selection = { nmsThreshold: 0.6, clips }
    const scope = rootScope(asInputs().resolve, 'batch')
    regionSampler(scope, selection, DENSE_REGIONS_DEFAULTS)([level], batch)
    return toNumbers((await runGraph({ found: scope.taps.get('proposals.0')! })).found)
  }

  it('are cut to the image without padding where they are at work', async () => {
    expect(await found(true)).toEqual([0, 0, 70, 40, 20, 20, 40, 40])
    expect(await found(false)).toEqual([-10, -10, 200, 50, 20, 20, 40, 60])
  })
})
