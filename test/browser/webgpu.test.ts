import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from '../../src/models/catalogue.ts'
import { inferenceModel } from '../../src/models/inference-graph.ts'
import type { ModelFile } from '../../src/models/model-file.ts'
import { createSession } from '../../src/node/session.ts'
import { type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { findingNothing, thinFamily } from '../thin-family.ts'
import { chromiumPath, hasChromium, openPage, type TestPage } from './chromium.ts'
import type { GpuTools } from './webgpu-page.ts'

const reason = hasChromium ? '' : ` (skipped: no browser at ${chromiumPath}, set CHROMIUM)`

function picture(height: number, width: number): Tensor<'uint8'> {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => ((i * 7919) ^ (i >> 5)) % 251)
  return tensor('uint8', [height, width, 3], data)
}

/** In one session, twice. */
const images = [picture(50, 70), picture(50, 70)]

/** A renderer in software compiles some hundred shaders for each of them, in about a second each. WEBGPU_MODELS names others. */
const MODELS = process.env.WEBGPU_MODELS?.split(' ') ?? ['mask-rcnn', 'mask-rcnn-c4']
const LONGEST = 900_000

describe.skipIf(!hasChromium)(`WebGPU in Chromium, by SwiftShader${reason}`, () => {
  let opened: TestPage
  let model: Uint8Array
  beforeAll(async () => {
    opened = await openPage(new URL('./webgpu-page.ts', import.meta.url), { webgpu: true })
    await opened.page.route('**/model.onnx', (route) => route.fulfill({ body: Buffer.from(model) }))
    await opened.page.waitForFunction(() => 'tools' in globalThis)
  })
  afterAll(() => opened?.close())

  /** What the graph of a model says on the GPU, and on the CPU under Node. */
  async function runBoth({ metadata, weights }: ModelFile) {
    model = inferenceModel(buildModel(metadata.architecture), weights)
    const onGpu = await opened.page.evaluate(
      ([shapes, pixels]) =>
        (globalThis as unknown as { tools: GpuTools }).tools.onGpu('/model.onnx', shapes, pixels),
      [images.map(({ shape }) => [...shape]), images.map(({ data }) => [...data])] as const,
    )
    const session = await createSession(model, { threads: 1 })
    const onCpu: Awaited<ReturnType<typeof session.run>>[] = []
    for (const image of images) onCpu.push(await session.run({ image }))
    await session.dispose()
    return { onGpu, onCpu }
  }

  it('passes the probe', async () => {
    const probed = await opened.page.evaluate(() =>
      (globalThis as unknown as { tools: GpuTools }).tools.probe(),
    )
    expect(probed).toEqual({ device: 'webgpu', ok: true })
  })

  it.each([...thinFamily()].filter(([name]) => MODELS.includes(name)))(
    'finds what the CPU finds, or nothing: %s',
    async (_, file) => {
      for (const each of [file, findingNothing(file)]) {
        const { onGpu, onCpu } = await runBoth(each)
        for (const [i, expected] of onCpu.entries()) {
          expect(Object.keys(onGpu[i]).sort()).toEqual(Object.keys(expected).sort())
          expect(expected.scores.shape[0] > 0).toBe(each === file)
          for (const [name, value] of Object.entries(expected)) {
            const { shape, data } = onGpu[i][name]
            expect(shape, name).toEqual(value.shape)
            const wanted = toNumbers(value)
            const error = data.reduce((most, number, at) => Math.max(most, Math.abs(number - wanted[at])), 0)
            // Boxes, of pixels, and heatmaps, of logits; the rest are probabilities.
            expect(error, name).toBeLessThan(/boxes|heatmaps/i.test(name) ? 1e-3 : 1e-4)
          }
        }
      }
    },
    LONGEST,
  )
})
