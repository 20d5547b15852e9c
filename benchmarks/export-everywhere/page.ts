/** Exported files in a page, by onnxruntime-web alone. */
import * as ort from 'onnxruntime-web/wasm'
import type { Outcome, Run } from './outcome.ts'

ort.env.logLevel = 'fatal'
ort.env.wasm.wasmPaths = new URL('/wasm/', location.href).href

async function bytesOf(url: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer())
}

/** All images in one session, in their order. */
async function runAll(model: string, images: readonly string[]): Promise<Outcome> {
  const session = await ort.InferenceSession.create(await bytesOf(`/files/${model}`))
  const runs: Run[] = []
  for (const name of images) {
    const [height, width] = name.split('x').map(Number)
    const image = new ort.Tensor('uint8', await bytesOf(`/files/${name}`), [height, width, 3])
    const found = await session.run({ image })
    runs.push(
      Object.fromEntries(
        Object.entries(found).map(([output, { dims, data }]) => [
          output,
          { shape: [...dims], data: Array.from(data as Float32Array, Number) },
        ]),
      ),
    )
  }
  await session.release()
  return runs
}

Object.assign(globalThis, { runAll })
export type RunAll = typeof runAll
