/** Runs graphs on WebGPU; `webgpu.test.ts` asks it to. Numbers travel as lists. */

import { encodeProbeModel } from '../../src/onnx/probe-model.ts'
import { probeDevice } from '../../src/runtime/device.ts'
import { type Tensor, tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { createSession, setWasmFolder } from '../../src/web/session.ts'

setWasmFolder(new URL('/wasm/', location.href).href)

/** Whether the small probe is computed rightly there, which `device: 'auto'` asks; and why not. */
function probe() {
  return probeDevice(createSession, 'webgpu', encodeProbeModel())
}

/** What a graph says of images in one session, run by run. */
async function onGpu(url: string, shapes: readonly number[][], pixels: readonly number[][]) {
  const model = new Uint8Array(await (await fetch(url)).arrayBuffer())
  const session = await createSession(model, { device: 'webgpu' })
  const runs: Record<string, { shape: readonly number[]; data: readonly number[] }>[] = []
  for (const [i, data] of pixels.entries()) {
    const image: Tensor = tensor('uint8', shapes[i], Uint8Array.from(data))
    const found = Object.entries(await session.run({ image }))
    runs.push(
      Object.fromEntries(
        found.map(([name, value]) => [name, { shape: value.shape, data: toNumbers(value) }]),
      ),
    )
  }
  await session.dispose()
  return runs
}

const tools = { probe, onGpu }
export type GpuTools = typeof tools
Object.assign(globalThis, { tools })
