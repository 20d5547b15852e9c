/**
 * Sessions over ONNX Runtime's JavaScript API, which its Node and web packages share. The packages themselves are
 * named only in `node/session.ts` and `web/session.ts`.
 */
import { SessionError } from '../errors.ts'
import { requireKnownOptions } from '../names/known-options.ts'
import { ARRAYS, type DataOf, type Dtype } from '../tensor/dtype.ts'
import { sameShape } from '../tensor/shape.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkFeeds, checkFetches } from './check-run.ts'
import type { OpProfile } from './profile.ts'
import { runtimeError } from './runtime-error.ts'
import {
  type Device,
  OPTIMIZED_WEIGHTS,
  type Port,
  RUN_OPTIONS,
  type RunOptions,
  SESSION_OPTIONS,
  type Session,
  type SessionOptions,
} from './session.ts'

interface OrtTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: DataOf<Dtype>
}

interface OrtMetadata {
  readonly name: string
  readonly type?: string
  readonly shape?: readonly (number | string)[]
}

interface OrtInference {
  readonly inputMetadata: readonly OrtMetadata[]
  readonly outputMetadata: readonly OrtMetadata[]
  run(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor | null>,
  ): Promise<Record<string, OrtTensor>>
  release(): Promise<void>
}

/** The part of ONNX Runtime's JavaScript API that a session needs. */
export interface OrtLibrary {
  readonly Tensor: new (type: Dtype, data: DataOf<Dtype>, dims: readonly number[]) => OrtTensor
  readonly InferenceSession: {
    create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtInference>
  }
}

export interface OrtPlatform {
  readonly library: OrtLibrary
  /** ONNX Runtime's names for the devices of this platform. */
  readonly providers: Readonly<Partial<Record<Device, string>>>
  /** Names of nodes that a GPU leaves to the CPU, where there are any. */
  readonly hostNodes?: readonly string[]
  /** Whether preallocated outputs are written in place; they are copied to otherwise. */
  readonly writesInto: boolean
  readonly profiler?: OrtProfiler
}

export interface OrtProfiler {
  /** Session options that record a profile. */
  readonly options: Record<string, unknown>
  /** Ends the recording and sums it. */
  end(inference: unknown): Promise<OpProfile[]>
  /** Forgets what was recorded; called once the session is gone. */
  discard(): Promise<void>
}

/** Fatal only: every other failure is thrown, and must not also be printed. */
const LOG_SEVERITY = 4

/**
 * The runtime searches where ops run one after the other, and so not here. The nodes of one device are one stream of work, which one of
 * the two threads does; with one thread the runtime would fall back on the other mode.
 */
const WITHOUT_SEARCH = { executionMode: 'parallel', interOpNumThreads: 2 }

/** Makes a session of `model` on `device`. Throws `SessionError` where the platform lacks it or refuses the model. */
export async function openSession(
  { library, providers, hostNodes, writesInto, profiler }: OrtPlatform,
  model: Uint8Array,
  device: Device,
  options: SessionOptions,
): Promise<Session> {
  requireKnownOptions('createSession', options, SESSION_OPTIONS)
  const { threads, optimize = 'all', planMemory = false, files, filesFolder, optimizedFile } = options
  const searches = device !== 'cpu' || planMemory || (options.searchMemory ?? true)
  const provider = providers[device]
  if (provider === undefined) {
    throw new SessionError('device does not exist on this platform', {
      where: device,
      expected: `${Object.keys(providers).join(', ')} or auto`,
    })
  }
  let inference: OrtInference
  try {
    inference = await library.InferenceSession.create(model, {
      executionProviders: [hostNodes?.length ? { name: provider, forceCpuNodeNames: hostNodes } : provider],
      graphOptimizationLevel: optimize === 'none' ? 'disabled' : optimize,
      enableMemPattern: planMemory,
      logSeverityLevel: LOG_SEVERITY,
      ...(!searches && WITHOUT_SEARCH),
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(files && { externalData: Object.entries(files).map(([path, data]) => ({ path, data })) }),
      ...(optimizedFile === undefined ? {} : { optimizedModelFilePath: optimizedFile }),
      extra: {
        session: {
          ...(filesFolder !== undefined && { model_external_initializers_file_folder_path: filesFolder }),
          ...(optimizedFile !== undefined && {
            optimized_model_external_initializers_file_name: OPTIMIZED_WEIGHTS,
          }),
        },
      },
      ...profiler?.options,
    })
  } catch (error) {
    await profiler?.discard()
    throw runtimeError(`cannot load the model on ${device}`, error)
  }
  const close = async () => {
    await inference.release()
    await profiler?.discard()
  }
  let inputs: Port[]
  let outputs: Port[]
  try {
    inputs = inference.inputMetadata.map(readPort)
    outputs = inference.outputMetadata.map(readPort)
  } catch (error) {
    await close()
    throw error
  }
  const running = new Set<Promise<unknown>>()
  let disposed = false

  const run = async (feeds: Readonly<Record<string, Tensor>>, options: RunOptions = {}) => {
    requireKnownOptions('run', options, RUN_OPTIONS)
    const { fetches = outputs.map(({ name }) => name), into = {}, signal } = options
    if (disposed) throw new SessionError('session is disposed')
    signal?.throwIfAborted()
    checkFeeds(inputs, feeds)
    checkFetches(outputs, fetches, into)
    if (fetches.length === 0) return {}
    let results: Record<string, OrtTensor>
    try {
      const given = Object.entries(feeds).map(([name, feed]) => [name, wrap(library, feed)])
      const wanted = fetches.map((name) => [
        name,
        writesInto && Object.hasOwn(into, name) ? wrap(library, into[name]) : null,
      ])
      const under = inference.run(Object.fromEntries(given), Object.fromEntries(wanted))
      running.add(under)
      try {
        results = await under
      } finally {
        running.delete(under)
      }
    } catch (error) {
      throw runtimeError('cannot run the graph', error)
    }
    signal?.throwIfAborted()
    const fetched = fetches.map((name): [string, Tensor] => {
      const target = Object.hasOwn(into, name) ? into[name] : undefined
      if (target === undefined) return [name, unwrap(results[name])]
      if (!writesInto) copyInto(name, unwrap(results[name]), target)
      return [name, target]
    })
    return Object.fromEntries(fetched)
  }

  return {
    inputs,
    outputs,
    run,
    ...(profiler === undefined ? {} : { profile: () => profiler.end(inference) }),
    dispose: async () => {
      if (disposed) return
      disposed = true
      await Promise.allSettled(running)
      await close()
    },
  }
}

function readPort({ name, type, shape }: OrtMetadata): Port {
  if (type === undefined || shape === undefined || !Object.hasOwn(ARRAYS, type)) {
    throw new SessionError('graph has an input or output of a type that is not supported', {
      where: name,
      expected: Object.keys(ARRAYS).join(' '),
      got: type ?? 'no tensor',
    })
  }
  return { name, dtype: type as Dtype, shape }
}

function wrap(library: OrtLibrary, { dtype, data, shape }: Tensor): OrtTensor {
  return new library.Tensor(dtype, data, shape)
}

/** Platforms that have `Float16Array` return it for float16; its bits are the `Uint16Array` of a tensor. */
function unwrap({ type, dims, data }: OrtTensor): Tensor {
  const bits =
    type === 'float16' && !(data instanceof Uint16Array)
      ? new Uint16Array(data.buffer, data.byteOffset, data.length)
      : data
  return { dtype: type as Dtype, shape: dims, data: bits }
}

function copyInto(name: string, source: Tensor, target: Tensor): void {
  if (!sameShape(source.shape, target.shape)) {
    throw new SessionError('the tensor given for an output does not have its shape', {
      where: name,
      expected: `[${source.shape.join(', ')}]`,
      got: `[${target.shape.join(', ')}]`,
    })
  }
  target.data.set(source.data as Float32Array & BigInt64Array)
}
