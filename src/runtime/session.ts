import type { OptionNames } from '../names/known-options.ts'
import type { Dtype } from '../tensor/dtype.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { OpProfile } from './profile.ts'

/** Where a graph runs. `auto` takes the first device of the platform that computes the right numbers. */
export type Device = 'cpu' | 'webgpu' | 'cuda' | 'coreml' | 'dml'

export interface SessionOptions {
  /** Default `cpu`. */
  readonly device?: Device | 'auto'
  /** Threads within one op. Default: what the runtime finds fitting for the machine. */
  readonly threads?: number
  /**
   * Lays out the memory of a graph of known shapes in one block after the first run: steps of training take about a
   * fifth less time and half as much memory again. Default false.
   */
  readonly planMemory?: boolean
  /**
   * Whether a graph, as it is opened, is searched for values that can lie where earlier ones lay: for every value among all before it.
   * Without the search a value takes its memory when it is computed and gives it back after its last use; numbers are the same to the
   * last bit, and the graph of a training step is open in a third of the time, but large ones then compute for up to twice as long. For
   * the CPU; `planMemory` needs it. Default true.
   */
  readonly searchMemory?: boolean
  /** Records the time of every node, for `Session.profile`. Default false. */
  readonly profile?: boolean
  /**
   * Computes in a thread of its own, so that the event loop stays free; what goes in is copied. In a browser this is for the CPU: a
   * WebGPU device computes beside the page anyway. A number asks for so many threads, each with a graph of its own in memory, that
   * compute as many runs at once; a browser has one. Default false.
   */
  readonly worker?: boolean | number
  /** How far the runtime may rewrite the graph. Default `all`. */
  readonly optimize?: 'all' | 'basic' | 'none'
  /** Bytes in which constants of the graph lie, by the names that it has for them (`ToOnnxOptions.files`). */
  readonly files?: Readonly<Record<string, Uint8Array>>
  /** Folder of files in which further constants lie by their names; they are mapped and not read. Not in browsers. */
  readonly filesFolder?: string
  /**
   * Path that the graph is written to as the runtime has optimised it, for sessions on this machine; its constants go beside it, to
   * the file `OPTIMIZED_WEIGHTS`, which `filesFolder` leads to. Not in browsers.
   */
  readonly optimizedFile?: string
}

/** Name of the file of an optimised graph's constants. */
export const OPTIMIZED_WEIGHTS = 'weights'

export const SESSION_OPTIONS: OptionNames<SessionOptions> = {
  device: true,
  threads: true,
  planMemory: true,
  searchMemory: true,
  profile: true,
  worker: true,
  optimize: true,
  files: true,
  filesFolder: true,
  optimizedFile: true,
}

/** An input or output of a graph. Strings in the shape are dims known only when the graph runs. */
export interface Port {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly (number | string)[]
}

export interface RunOptions {
  /** Names of the outputs wanted. Default: all. */
  readonly fetches?: readonly string[]
  /** Tensors to write outputs into, by output name; they come back in the result. Their shapes must be exact. */
  readonly into?: Readonly<Record<string, Tensor>>
  /** Checked before and after the run; a run under way cannot be stopped. */
  readonly signal?: AbortSignal
}

export const RUN_OPTIONS: OptionNames<RunOptions> = { fetches: true, into: true, signal: true }

/** A graph ready to run. Every failure is a `SessionError` of one line; an abort rejects with the signal's reason. */
export interface Session {
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  /** Runs that are computed at once; further ones wait. Default 1. */
  readonly concurrency?: number
  /** Outputs by name, in memory of their own: neither later runs nor changes to the feeds touch them. */
  run(feeds: Readonly<Record<string, Tensor>>, options?: RunOptions): Promise<Record<string, Tensor>>
  /** Time per op since the session was made; ends the recording. Only where `SessionOptions.profile` is supported. */
  profile?(): Promise<OpProfile[]>
  /** Frees the memory once runs under way have ended. The session cannot be used afterwards. */
  dispose(): Promise<void>
}

/** Makes a session from the bytes of an ONNX file. */
export type CreateSession = (model: Uint8Array, options?: SessionOptions) => Promise<Session>
