/** A model of a server, whose file may become another while it is served: requests are then answered by the version they began with. */
import { fileChanges } from '../node/file-changes.ts'
import { modelFile } from '../node/package-files.ts'
import {
  loadModelVersion,
  type ModelVersion,
  type ServingListener,
  type ServingOptions,
} from './model-version.ts'
import { Refusal } from './refusal.ts'

export interface WatchedOptions extends ServingOptions {
  /** Milliseconds between two looks at the file; undefined looks only when it is told to. */
  readonly lookEvery?: number
}

export interface ModelListener extends ServingListener {
  /** Another version answers from now on. */
  readonly onTaken: (version: string) => void
  /** What lies there could not be taken; the version before goes on answering. */
  readonly onRefused: (error: unknown) => void
}

export interface ServedModel {
  readonly name: string
  /** What new requests are answered with. */
  readonly current: ModelVersion
  /** Has `work` use the current version, which stays until that has ended. Throws a `Refusal` where another was asked for. */
  use<T>(work: (version: ModelVersion) => Promise<T>, asked?: string): Promise<T>
  /**
   * Opens what lies there now beside the current version, which it replaces once it is ready. Nothing happens where the file has the
   * same content. Never rejects: listeners are told.
   */
  reload(): Promise<void>
  listen(listener: ModelListener): void
  /** Ends all versions; requests have to be over. */
  dispose(): Promise<void>
}

/** Loads a model by its name or place, to be called `name`. Throws as `loadModelVersion` does. */
export async function loadServedModel(
  where: string,
  name: string,
  { lookEvery, ...options }: WatchedOptions,
): Promise<ServedModel> {
  const listeners = new Set<ModelListener>()
  const toAll: ServingListener = {
    onStage: (...stage) => {
      for (const { onStage } of listeners) onStage(...stage)
    },
    onWorkerEnd: (event) => {
      for (const { onWorkerEnd } of listeners) onWorkerEnd(event)
    },
  }
  // Before it is read: what comes after that is another.
  const changes = await fileChanges(() => modelFile(where))
  const first = await loadModelVersion({ where, version: '1' }, options, toAll)
  if (!first) throw new RangeError('nothing was asked to be left out')
  let current = first
  let isClosing = false
  let looking: ReturnType<typeof setTimeout> | undefined
  const uses = new Map<ModelVersion, number>([[current, 0]])
  const ends = new Set<Promise<void>>()

  const endUnused = (version: ModelVersion) => {
    if (version === current || uses.get(version) !== 0) return
    uses.delete(version)
    const end = version.dispose().catch(() => undefined)
    ends.add(end)
    end.then(() => ends.delete(end))
  }
  const load = async () => {
    if (isClosing) return
    try {
      const version = `${Number(current.version) + 1}`
      const next = await loadModelVersion({ where, version, unless: current.digest }, options, toAll)
      if (!next) return
      const before = current
      current = next
      uses.set(next, 0)
      endUnused(before)
      for (const { onTaken } of listeners) onTaken(version)
    } catch (error) {
      for (const { onRefused } of listeners) onRefused(error)
    }
  }
  let last: Promise<void> = Promise.resolve()
  const reload = () => {
    last = last.then(load)
    return last
  }
  const lookLater = () => {
    if (lookEvery === undefined || isClosing) return
    looking = setTimeout(async () => {
      if (await changes.look()) await reload()
      lookLater()
    }, lookEvery)
    looking.unref()
  }
  lookLater()
  return {
    name,
    get current() {
      return current
    },
    use: async (work, asked) => {
      const version = current
      if (asked !== undefined && asked !== version.version) {
        throw new Refusal(404, 'there is no such version of the model', {
          ...{ where: name, expected: version.version, got: asked.slice(0, 100) },
        })
      }
      uses.set(version, uses.get(version)! + 1)
      try {
        return await work(version)
      } finally {
        uses.set(version, uses.get(version)! - 1)
        endUnused(version)
      }
    },
    reload,
    listen: (listener) => {
      listeners.add(listener)
    },
    dispose: async () => {
      isClosing = true
      clearTimeout(looking)
      await last
      await Promise.all([...ends, ...[...uses.keys()].map((version) => version.dispose())])
    },
  }
}
