/** Runs graphs on WebGPU; `webgpu.test.ts` asks it to. Numbers travel as lists. */

import { encodeProbeModel } from '../../src/onnx/probe-model.ts'
import { probeDevice } from '../../src/runtime/device.ts'
import type { Dtype } from '../../src/tensor/dtype.ts'
import { tensor, toNumbers } from '../../src/tensor/tensor.ts'
import { createSession, setWasmFolder } from '../../src/web/session.ts'

/** As it travels between a test and its page. */
export interface PlainTensor {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

setWasmFolder(new URL('/wasm/', location.href).href)

/** Whether the small probe is computed rightly there, which `device: 'auto'` asks; and why not. */
function probe() {
  return probeDevice(createSession, 'webgpu', encodeProbeModel())
}

/** What a graph says in one session, run by run. */
async function onGpu(url: string, runs: readonly Readonly<Record<string, PlainTensor>>[]) {
  const model = new Uint8Array(await (await fetch(url)).arrayBuffer())
  const session = await createSession(model, { device: 'webgpu' })
  const said: Record<string, PlainTensor>[] = []
  for (const run of runs) {
    const feeds = Object.entries(run).map(([name, { dtype, shape, data }]) => [
      name,
      tensor(dtype, shape, dtype === 'uint8' ? Uint8Array.from(data) : Float32Array.from(data)),
    ])
    const found = Object.entries(await session.run(Object.fromEntries(feeds)))
    const plain = found.map(([name, value]) => [name, { ...value, data: toNumbers(value) }])
    said.push(Object.fromEntries(plain))
  }
  await session.dispose()
  return said
}

/** Probes twice at the same time: sessions are made, run and ended meanwhile. */
function probeTwice() {
  return Promise.all([probe(), probe()])
}

const tools = { probe, probeTwice, onGpu }
export type GpuTools = typeof tools
Object.assign(globalThis, { tools })
