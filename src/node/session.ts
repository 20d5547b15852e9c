import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { SessionError } from '../errors.ts'
import { gpuGraph } from '../graph/placement/gpu-graph.ts'
import { encodeProbeModel } from '../onnx/probe-model.ts'
import { chooseDevice, type DeviceProbe, probeDevice } from '../runtime/device.ts'
import { type OrtLibrary, type OrtPlatform, type OrtProfiler, openSession } from '../runtime/ort-session.ts'
import { type OpProfile, parseProfile } from '../runtime/profile.ts'
import type { CreateSession, Device } from '../runtime/session.ts'
import { requireFlags } from '../runtime/session-flags.ts'
import { requireNoTelemetry } from './telemetry.ts'
import { requireThreads, requireWorkers, threadsOfEnvironment } from './threads.ts'
import { createWorkerSessions } from './worker-session.ts'

ort.env.logLevel = 'fatal'

const DEVICES = ['cpu', 'cuda', 'dml', 'coreml', 'webgpu'] as const satisfies readonly Device[]

const platform: OrtPlatform = {
  // Same classes; the library's own types are generic over element types in another way.
  library: ort as unknown as OrtLibrary,
  providers: Object.fromEntries(
    ort
      .listSupportedBackends()
      .filter(({ name }) => (DEVICES as readonly string[]).includes(name))
      .map(({ name }) => [name, name]),
  ),
  writesInto: true,
}

/** WebGPU is left out: under Node it may be a software renderer, far slower than the CPU, and counts as experimental. */
const AUTO: readonly Device[] = ['cuda', 'dml', 'coreml', 'cpu']

let autoDevice: Promise<Device> | undefined

/**
 * A session of onnxruntime-node. `run` blocks the event loop while it computes, unless it does so in a `worker`.
 * Throws `ConfigError` for an impossible number of threads or a flag that is none, `SessionError` where the device does not work here or the model is refused.
 */
export const createSession: CreateSession = async (model, options = {}) => {
  requireFlags(options)
  requireNoTelemetry()
  const threads = options.threads ?? threadsOfEnvironment()
  requireThreads(threads)
  const { worker = false, ...others } = options
  const here = threads === undefined ? others : { ...others, threads }
  if (typeof worker === 'number') requireWorkers(worker)
  if (worker !== false) return createWorkerSessions(model, here, Number(worker))
  const { device = 'cpu', profile = false } = options
  if (device === 'auto') return createSession(model, { ...options, device: await chosenDevice() })
  const recording = profile ? { ...platform, profiler: await startProfiler() } : platform
  const placed = device === 'webgpu' ? gpuGraph(model) : undefined
  const placing = { ...recording, hostNodes: placed?.hostNodes }
  return openSession(placing, placed?.bytes ?? model, device, here).catch((error) => {
    throw device === 'cpu' || !exists(device) ? error : unusable(device, error)
  })
}

/** What `auto` stands for here. */
export function chosenDevice(): Promise<Device> {
  autoDevice ??= chooseDevice(createSession, AUTO.filter(exists), encodeProbeModel())
  return autoDevice
}

/** Version of the runtime. */
export const RUNTIME_VERSION: string = ort.env.versions.node ?? ort.env.versions.common

/** What a device needs besides this package. */
const NEEDS: Readonly<Partial<Record<Device, string>>> = {
  cuda:
    'CUDA needs an NVIDIA driver, CUDA 12, cuDNN 9, and libraries that ' +
    '`npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12` downloads (Linux x64)',
  webgpu: 'WebGPU needs a driver for Vulkan, Metal or Direct3D 12',
}

function unusable(device: Device, error: unknown): SessionError {
  const { message } = error as Error
  const needs = NEEDS[device] ? `${NEEDS[device]}. ` : ''
  return new SessionError(message, { hint: `${needs}Without it: --device cpu` }, { cause: error })
}

/** Every device this build knows, each probed. */
export async function probeDevices(): Promise<DeviceProbe[]> {
  const probes: DeviceProbe[] = []
  for (const device of DEVICES) {
    if (exists(device)) probes.push(await probeDevice(createSession, device, encodeProbeModel()))
  }
  return probes
}

function exists(device: Device): boolean {
  return platform.providers[device] !== undefined
}

/** ONNX Runtime writes its profile to a file when the recording ends; it gets a folder of its own. */
async function startProfiler(): Promise<OrtProfiler> {
  const folder = await mkdtemp(join(tmpdir(), 'maskwright-profile-'))
  let recorded: OpProfile[] | undefined
  return {
    options: { enableProfiling: true, profileFilePrefix: join(folder, 'profile') },
    end: async (inference) => {
      if (recorded === undefined) {
        const session = inference as ort.InferenceSession
        session.endProfiling()
        const [file] = await readdir(folder)
        recorded = parseProfile(await readFile(join(folder, file), 'utf8'))
      }
      return recorded
    },
    discard: () => rm(folder, { recursive: true, force: true }),
  }
}
