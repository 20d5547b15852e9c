/** A chunk that a worker has taken from a queue: from its order to its shard. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ChunkOrder } from '../../batch/chunk-queue.ts'
import { planId, storedPlan } from '../../batch/plan.ts'
import { encodeShard, retriedKey, shardKey } from '../../batch/shard.ts'
import { ConfigError } from '../../errors.ts'
import { isUrl } from '../../node/files.ts'
import { folderStore } from '../../node/folder-store.ts'
import { isModelName, packageVersion } from '../../node/package-files.ts'
import type { ChunkOutcome, TakenChunk } from '../../node/redis-queue.ts'
import { ahead, atOnceFor } from '../../predict/ahead.ts'
import type { Detector } from '../../predict/detector.ts'
import type { Device } from '../../runtime/session.ts'
import { say } from '../print.ts'
import { type BatchModel, chosenBatchModel } from './chosen-batch-model.ts'
import { type BatchSettings, type ImageLooker, type ImageResult, imageLooker } from './image-results.ts'
import { retriedLine } from './local-chunks.ts'

export interface ChunkWorkOptions {
  /** Instead of the model that orders name; its bytes have to be the same. */
  readonly model?: string
  /** Instead of the folder that orders have relative paths from. */
  readonly base?: string
  readonly device: Device | 'auto'
  readonly threads?: number
  /** Images that are looked at at once. */
  readonly workers: number
  readonly signal: AbortSignal
}

export interface ChunkWork {
  /**
   * Throws `ConfigError` for what this worker cannot do and another may: another version, another model, a folder that is not
   * to be seen from here.
   */
  perform(taken: TakenChunk): Promise<ChunkOutcome>
  dispose(): Promise<void>
}

/** So many workers may die while they look at an image; then it counts as failed. */
const MOST_DEATHS = 5

/** The model of the last order stays open for the next. */
export function chunkWork(options: ChunkWorkOptions): ChunkWork {
  const { device, threads, workers, signal } = options
  let opened:
    | { readonly key: string; readonly detector: Detector<never>; readonly look: ImageLooker }
    | undefined
  let known: { readonly place: string; readonly model: BatchModel } | undefined

  const lookerFor = async (order: ChunkOrder, base: string): Promise<ImageLooker> => {
    const place = options.model ?? placeOfModel(order.model.name, base)
    if (known?.place !== place || known.model.sha256 !== order.model.sha256)
      known = { place, model: await chosenBatchModel(place, signal) }
    const { model } = known
    if (model.sha256 !== order.model.sha256) {
      throw new ConfigError('the model is not that of the batch', {
        where: place,
        expected: `sha256 ${order.model.sha256.slice(0, 12)}..., which ${order.model.name} has there`,
        got: model.sha256.slice(0, 12),
        hint: 'Copy the model here, and name it with --model',
      })
    }
    const settings = order.settings as unknown as BatchSettings
    const { retries } = order
    const key = JSON.stringify([model.sha256, settings, base, retries])
    if (opened?.key === key) return opened.look
    await opened?.detector.dispose()
    opened = undefined
    // In threads of their own, so that the event loop stays free to say that this worker lives.
    const detector = await model.open({ device, threads, worker: workers, max: settings.max })
    opened = { key, detector, look: imageLooker({ detector, settings, base, retries, signal }) }
    return opened.look
  }

  return {
    perform: async (taken) => {
      const { order } = taken
      const { chunk, images, version } = order
      const base = options.base === undefined ? order.base : resolve(options.base)
      const out = resolve(base, order.out)
      const store = folderStore(out)
      if (version !== packageVersion()) {
        throw new ConfigError('the batch is of another version of Maskwright', {
          expected: version,
          got: packageVersion(),
        })
      }
      const isStale = async () => {
        const plan = await storedPlan(store)
        if (plan) return (await planId(plan)) !== order.plan
        if (!(await taken.isWanted())) return true
        throw new ConfigError('the folder of the batch is not to be seen from here', {
          where: out,
          hint: 'Share it under this path, or say with --base where the folder is that the batch was started in',
        })
      }
      if (await isStale()) {
        say(`${out}: an order of a batch that is no longer there is dropped`)
        return 'done'
      }
      if (await store.read(shardKey(chunk))) return 'done'
      const look = await lookerFor(order, base)
      const results = await resultsOf(order, look, taken)
      if (!results) return 'given back'
      // Meanwhile the folder may have become another batch's.
      if (await isStale()) return 'done'
      const retried = results.flatMap((result, i) =>
        result.before.length > 0 ? [retriedLine(images[i], result)] : [],
      )
      if (retried.length > 0) await store.put(retriedKey(chunk), retried)
      await store.put(shardKey(chunk), encodeShard(results.map(({ line }) => line)))
      return 'done'
    },
    dispose: async () => opened?.detector.dispose(),
  }

  /** Undefined once the worker is to end. */
  async function resultsOf(
    { images, deaths = {} }: ChunkOrder,
    look: ImageLooker,
    taken: TakenChunk,
  ): Promise<ImageResult[] | undefined> {
    const underWay = new Set<number>()
    const results: ImageResult[] = []
    const lookAt = async (place: number): Promise<ImageResult> => {
      const { file } = images[place]
      if ((deaths[place] ?? 0) >= MOST_DEATHS) {
        const error = `${file}: ${deaths[place]} workers died while they looked at it`
        return { line: JSON.stringify({ file, error }), isFailed: true, before: [] }
      }
      underWay.add(place)
      taken.noteUnderWay([...underWay])
      try {
        return await look(images[place])
      } finally {
        underWay.delete(place)
      }
    }
    try {
      for await (const { made } of ahead(images.keys(), lookAt, atOnceFor(workers))) results.push(made)
      return results
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    }
  }
}

/** Names and URLs are the same everywhere, paths are seen from the base. */
function placeOfModel(name: string, base: string): string {
  if (isUrl(name) || isModelName(name)) return name
  const path = resolve(base, name)
  return existsSync(path) ? path : name
}
