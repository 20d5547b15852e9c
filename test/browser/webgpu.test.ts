import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/gradients.ts'
import { constant, input } from '../../src/graph/value.ts'
import { reduceSum } from '../../src/ops/reduce.ts'
import { roiAlign } from '../../src/ops/roi-align.ts'
import { float32, int64 } from '../../src/tensor/tensor.ts'
import { thinFamily } from '../thin-family.ts'
import { chromiumPath, hasChromium } from './chromium.ts'
import { type GpuComparison, openComparison } from './webgpu-comparison.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`

/** The one that takes least; `npm run webgpu` compares all. A renderer in software compiles a shader in about a second. */
const KIND = 'retinanet'
const LONGEST = 900_000

describe.skipIf(!hasChromium)(`WebGPU in Chromium, by SwiftShader${reason}`, () => {
  let opened: GpuComparison
  beforeAll(async () => {
    opened = await openComparison()
  })
  afterAll(() => opened?.close())

  it('passes the probe', async () => {
    expect(await opened.probe()).toEqual({ device: 'webgpu', ok: true })
  })

  it('serves sessions that are asked at the same time', async () => {
    const right = { device: 'webgpu', ok: true }
    expect(await opened.probeTwice()).toEqual([right, right])
  })

  it('has gradients of maps that no region is pooled from', { timeout: LONGEST }, async () => {
    const maps = ['near', 'far'].map((name) => input(name, 'float32', [1, 2, 8, 8]))
    const rois = input('rois', 'float32', [2, 4])
    const pooled = roiAlign(
      { features: maps, rois, batchIndices: constant(int64([0, 0])), levels: constant(int64([0, 0])) },
      { outputSize: [3, 3], spatialScales: [1, 0.5], samplingRatio: 2, aligned: true },
    )
    const [near, far] = gradients(reduceSum(pooled), maps)
    const said = await opened.say({ near, far }, { rois: float32([1, 1, 5, 6, 2, 1, 6, 4], [2, 4]) })
    // Weights of a bin inside the map sum to 1: as much as there are bins, of two channels and two regions.
    expect(said.near.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(2 * 2 * 3 * 3, 4)
    expect(said.far).toMatchObject({ shape: [1, 2, 8, 8], data: Array(128).fill(0) })
  })

  it(
    `finds what the CPU finds: ${KIND}`,
    async () => {
      const outputs = await opened.compare(thinFamily().get(KIND)!)
      expect(outputs.find(({ name }) => name === 'scores')?.shape[0]).toBeGreaterThan(0)
      for (const { name, shape, gpuShape, error, tolerance } of outputs) {
        expect(gpuShape, name).toEqual(shape)
        expect(error, name).toBeLessThan(tolerance)
      }
    },
    LONGEST,
  )
})
