import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
