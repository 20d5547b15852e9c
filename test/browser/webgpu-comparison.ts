/** What graphs of models say on WebGPU beside what they say on the CPU. */
import { graph } from '../../src/graph/graph.ts'
import { toOnnx } from '../../src/graph/to-onnx.ts'
import type { Value } from '../../src/graph/value.ts'
import { buildModel } from '../../src/models/catalogue.ts'
import { inferenceModel } from '../../src/models/inference-graph.ts'
import type { ModelFile } from '../../src/models/model-file.ts'
import { createSession } from '../../src/node/session.ts'
import { encodeModel } from '../../src/onnx/encode.ts'
import { type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { openPage } from './chromium.ts'
import type { GpuTools, PlainTensor } from './webgpu-page.ts'

/** One output of one run. */
export interface ComparedOutput {
  readonly name: string
  readonly shape: readonly number[]
  /** Shape on the GPU; undefined where the output is missing there. */
  readonly gpuShape?: readonly number[]
  /** Largest difference; infinite where shapes differ or a number is none. */
  readonly error: number
  readonly tolerance: number
}

type Said = Promise<Readonly<Record<string, PlainTensor>>>

/** Compares in a page of Chromium, on its renderer in software. */
export interface GpuComparison {
  /** Whether a small probe is computed rightly there. */
  probe(): ReturnType<GpuTools['probe']>
  /** Twice at the same time. */
  probeTwice(): ReturnType<GpuTools['probeTwice']>
  /** What a graph says of inputs there. */
  say(outputs: Readonly<Record<string, Value>>, feeds: Readonly<Record<string, Tensor>>): Said
  /** The outputs of two runs in one session. */
  compare(file: ModelFile): Promise<readonly ComparedOutput[]>
  close(): Promise<void>
}

function picture(height: number, width: number): Tensor<'uint8'> {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => ((i * 7919) ^ (i >> 5)) % 251)
  return tensor('uint8', [height, width, 3], data)
}

const IMAGES = [picture(50, 70), picture(50, 70)]

/** The same model, which looks at images in another size, as those that people use do. */
function resizing<A extends ModelFile['metadata']['architecture']>(architecture: A): A {
  const resize = { kind: 'shortest-side', minSize: 60, maxSize: 80 } as const
  return { ...architecture, transform: { ...architecture.transform, resize, scalePrecision: 'float64' } }
}

export async function openComparison(): Promise<GpuComparison> {
  let model = new Uint8Array()
  const { page, close } = await openPage(new URL('./webgpu-page.ts', import.meta.url), { webgpu: true })
  await page.route('**/model.onnx', (route) => route.fulfill({ body: Buffer.from(model) }))
  await page.waitForFunction(() => 'tools' in globalThis)
  const onGpu = (bytes: Uint8Array<ArrayBuffer>, runs: readonly Readonly<Record<string, Tensor>>[]) => {
    model = bytes
    const plain = runs.map((feeds) =>
      Object.fromEntries(
        Object.entries(feeds).map(([name, feed]) => [name, { ...feed, data: toNumbers(feed) }]),
      ),
    )
    return page.evaluate(
      (given) => (globalThis as unknown as { tools: GpuTools }).tools.onGpu('/model.onnx', given),
      plain,
    )
  }
  return {
    close,
    probeTwice: () => page.evaluate(() => (globalThis as unknown as { tools: GpuTools }).tools.probeTwice()),
    probe: () => page.evaluate(() => (globalThis as unknown as { tools: GpuTools }).tools.probe()),
    say: async (outputs, feeds) =>
      (await onGpu(Uint8Array.from(encodeModel(toOnnx(graph(outputs), { name: 'compared' }))), [feeds]))[0],
    async compare({ metadata, weights }) {
      const bytes = Uint8Array.from(inferenceModel(buildModel(resizing(metadata.architecture)), weights))
      const runs = IMAGES.map((image) => ({ image }))
      const said = await onGpu(bytes, runs)
      const session = await createSession(bytes, { threads: 1 })
      try {
        const compared: ComparedOutput[] = []
        for (const [i, image] of IMAGES.entries()) {
          for (const [name, value] of Object.entries(await session.run({ image })))
            compared.push(comparedOutput(name, value, said[i][name]))
        }
        return compared
      } finally {
        await session.dispose()
      }
    },
  }
}

function comparedOutput(
  name: string,
  { shape, ...value }: Tensor,
  onGpu: PlainTensor | undefined,
): ComparedOutput {
  const wanted = toNumbers({ shape, ...value })
  const isSame = onGpu?.shape.join() === shape.join()
  const errors = isSame ? onGpu!.data.map((number, at) => Math.abs(number - wanted[at])) : [Number.NaN]
  return {
    ...{ name, shape, gpuShape: onGpu?.shape },
    error: errors.reduce(
      (most, error) => (error <= most ? most : error >= 0 ? error : Number.POSITIVE_INFINITY),
      0,
    ),
    // Boxes, of pixels, and heatmaps, of logits; the rest are probabilities.
    tolerance: /boxes|heatmaps/i.test(name) ? 1e-3 : 1e-4,
  }
}
