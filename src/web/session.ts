import { SessionError } from '../errors.ts'
import { gpuGraph } from '../graph/placement/gpu-graph.ts'
import { encodeProbeModel } from '../onnx/probe-model.ts'
import { chooseDevice } from '../runtime/device.ts'
import { type OrtLibrary, openSession } from '../runtime/ort-session.ts'
import type { CreateSession, Device, Session, SessionOptions } from '../runtime/session.ts'
import { requireFlags } from '../runtime/session-flags.ts'
import { KEEP_IN_PLACE } from './bundler-hint.ts'

let wasmFolder: string | undefined
let autoDevice: Promise<Device> | undefined

/** URL of the folder that holds onnxruntime-web's wasm files; call before the first session. Default: where the bundler puts them. */
export function setWasmFolder(url: string): void {
  wasmFolder = url.endsWith('/') ? url : `${url}/`
}

/**
 * A session of onnxruntime-web, on WebAssembly (`cpu`) or WebGPU (see `gpuGraph`); the library for each is loaded when first needed.
 * More than one thread needs a cross-origin isolated page; `threads` and `worker` count in the first session only.
 * Throws `ConfigError` for a flag that is none, `SessionError` where the device does not work here, the model is refused, or a profile is wanted.
 */
export const createSession: CreateSession = async (model, options = {}) => {
  requireFlags(options)
  const { device = 'cpu', profile = false } = options
  if (profile) throw new SessionError('profiles are not recorded in the browser')
  if (Number(options.worker) > 1) {
    throw new SessionError('a browser computes in one thread beside the page', {
      where: 'worker',
      expected: 'true or false',
      got: `${options.worker}`,
    })
  }
  if (device === 'auto') {
    const { threads } = options
    const probed: CreateSession = (probe, wanted) => createSession(probe, { threads, ...wanted })
    autoDevice ??= chooseDevice(probed, ['webgpu', 'cpu'], encodeProbeModel()).catch((error) => {
      autoDevice = undefined
      throw withoutWasm(error) ?? error
    })
    return createSession(model, { ...options, device: await autoDevice })
  }
  const library = await loadLibrary(device, options)
  const providers = { cpu: 'wasm', webgpu: 'webgpu' }
  const placed = device === 'webgpu' ? gpuGraph(model) : undefined
  const platform = { library, providers, hostNodes: placed?.hostNodes, writesInto: false }
  const open = () => openSession(platform, placed?.bytes ?? model, device, options)
  try {
    return device === 'webgpu' ? sharingGpu(await inTurn(open)) : await open()
  } catch (error) {
    throw withoutWasm(error) ?? error
  }
}

let lastOnGpu: Promise<unknown> = Promise.resolve()

/** What waits for a GPU does so within WebAssembly, where no other may begin meanwhile: all sessions take turns. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = lastOnGpu.then(work)
  lastOnGpu = done.catch(() => {})
  return done
}

function sharingGpu(session: Session): Session {
  return {
    ...session,
    run: (feeds, options) => inTurn(() => session.run(feeds, options)),
    dispose: () => inTurn(() => session.dispose()),
  }
}

/** What failures mean where the server has no WebAssembly at the place it is asked for. */
function withoutWasm(error: unknown): SessionError | undefined {
  const { message } = error as Error
  if (
    !/magic word|both async and sync fetching of the wasm failed|dynamically imported module/i.test(message)
  )
    return
  return new SessionError(
    "onnxruntime-web's WebAssembly files are not where the page asks for them",
    { hint: `${KEEP_IN_PLACE}; otherwise serve its dist folder and name it with setWasmFolder` },
    { cause: error },
  )
}

async function loadLibrary(device: Device, { threads, worker }: SessionOptions): Promise<OrtLibrary> {
  const ort = await (device === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm'))
  ort.env.logLevel = 'fatal'
  if (wasmFolder !== undefined) ort.env.wasm.wasmPaths = wasmFolder
  if (threads !== undefined) ort.env.wasm.numThreads = threads
  if (worker !== undefined && device === 'cpu') ort.env.wasm.proxy = Boolean(worker)
  // Same classes; the library's own types are generic over element types in another way.
  return ort as unknown as OrtLibrary
}
