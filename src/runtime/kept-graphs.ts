import type { Device, Session } from './session.ts'

/** A graph as the runtime optimised it, and what was said of it. */
export interface KeptGraph {
  readonly about: string
  readonly graph: Uint8Array
  /** Where its constants lie: what `SessionOptions.filesFolder` takes. */
  readonly filesFolder: string
}

/** Optimised graphs of earlier sessions, kept by a platform. Nothing here ever fails: what cannot be kept is made again. */
export interface KeptGraphs {
  /** Where the graph of a model's bytes lies, with what else it follows from; undefined where none is kept for the device. */
  readonly placeOf: (
    model: Uint8Array,
    settings: string,
    device: Device | 'auto' | undefined,
  ) => Promise<string | undefined>
  /** Undefined where there is none, or a damaged one. */
  readonly find: (place: string) => Promise<KeptGraph | undefined>
  /** Has `open` make a session, with `SessionOptions.optimizedFile` where that can be kept. */
  readonly keep: (
    place: string,
    about: string,
    open: (optimizedFile?: string) => Promise<Session>,
  ) => Promise<Session>
}
