import { SessionError } from '../errors.ts'
import { encodeProbeModel } from '../onnx/probe-model.ts'
import { chooseDevice } from '../runtime/device.ts'
import { type OrtLibrary, openSession } from '../runtime/ort-session.ts'
import type { CreateSession, Device, SessionOptions } from '../runtime/session.ts'

let wasmFolder: string | undefined
let autoDevice: Promise<Device> | undefined

/** URL of the folder that holds onnxruntime-web's wasm files; call before the first session. Default: beside the script. */
export function setWasmFolder(url: string): void {
  wasmFolder = url.endsWith('/') ? url : `${url}/`
}

/**
 * A session of onnxruntime-web, on WebAssembly (`cpu`) or WebGPU; the library for each is loaded when first needed.
 * More than one thread needs a cross-origin isolated page, and `threads` counts in the first session only.
 * Throws `SessionError` where the device does not work here, the model is refused, or a profile is wanted.
 */
export const createSession: CreateSession = async (model, options = {}) => {
  const { device = 'cpu', profile = false } = options
  if (profile) throw new SessionError('profiles are not recorded in the browser')
  if (device === 'auto') {
    const { threads } = options
    const probed: CreateSession = (probe, wanted) => createSession(probe, { threads, ...wanted })
    autoDevice ??= chooseDevice(probed, ['webgpu', 'cpu'], encodeProbeModel())
    return createSession(model, { ...options, device: await autoDevice })
  }
  const library = await loadLibrary(device, options)
  const providers = { cpu: 'wasm', webgpu: 'webgpu' }
  return openSession({ library, providers, writesInto: false }, model, device, options)
}

async function loadLibrary(device: Device, { threads }: SessionOptions): Promise<OrtLibrary> {
  const ort = await (device === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm'))
  ort.env.logLevel = 'fatal'
  if (wasmFolder !== undefined) ort.env.wasm.wasmPaths = wasmFolder
  if (threads !== undefined) ort.env.wasm.numThreads = threads
  // Same classes; the library's own types are generic over element types in another way.
  return ort as unknown as OrtLibrary
}
