import { DataError } from '../errors.ts'
import type { ListedImage } from './listing.ts'
import type { ObjectStore } from './object-store.ts'
import { type BatchPlan, chunkCount, chunkImages, FAILED_KEY, MANIFEST_KEY } from './plan.ts'
import {
  checkShard,
  chunkOfKey,
  encodeShard,
  type FailedResult,
  SHARDS,
  type ShardFacts,
  shardKey,
} from './shard.ts'

/** The shards of a batch that are done, as they lie in its store. */
export interface FinishedShards {
  readonly done: ReadonlyMap<number, ShardFacts>
  /** Chunks without a shard, in their order. */
  pending(): number[]
  /** Reads shards that were not known; those that are not whole are removed, and told. Gives the chunks that are new. */
  look(): Promise<number[]>
  /** Writes the shard of a chunk that was computed here. */
  put(chunk: number, lines: readonly string[]): Promise<void>
  /** Takes shards for undone. */
  forget(chunks: readonly number[]): Promise<void>
  /** Writes what is about all of them; for when none is pending. */
  finish(): Promise<Manifest>
}

/** An object with a checksum. */
interface Summed {
  readonly file: string
  readonly images: number
  readonly bytes: number
  readonly sha256: string
}

export interface Manifest {
  readonly version: string
  readonly model: BatchPlan['model']
  readonly settings: BatchPlan['settings']
  readonly listing: BatchPlan['listing']
  readonly images: number
  readonly instances: number
  readonly failed: readonly FailedResult[]
  readonly shards: readonly Summed[]
}

interface Batch {
  readonly store: ObjectStore
  readonly plan: BatchPlan
  readonly images: readonly ListedImage[]
  /** Told of shards that are not what they should be, which are computed again. */
  readonly onBroken: (place: string, problem: string) => void
}

/** Nothing is known until the first `look`, which compares the shards of a batch that was complete with its manifest. */
export function finishedShards({ store, plan, images, onBroken }: Batch): FinishedShards {
  const done = new Map<number, ShardFacts>()
  const count = chunkCount(plan)
  let sums: ReadonlyMap<string, string> | undefined

  const forget = async (chunks: readonly number[]) => {
    if (chunks.length > 0) await store.remove(MANIFEST_KEY)
    for (const chunk of chunks) {
      done.delete(chunk)
      await store.remove(shardKey(chunk))
    }
  }
  return {
    done,
    pending: () => Array.from({ length: count }, (_, chunk) => chunk).filter((chunk) => !done.has(chunk)),
    forget,
    put: async (chunk, lines) => {
      const text = encodeShard(lines)
      const facts = await checkShard(chunk, new TextEncoder().encode(text), chunkImages(images, plan, chunk))
      if ('problem' in facts) throw new DataError(facts.problem, { where: store.placeOf(shardKey(chunk)) })
      await store.put(shardKey(chunk), text)
      done.set(chunk, facts)
    },
    look: async () => {
      sums ??= await sumsOf(store)
      const found: number[] = []
      for (const key of await store.list(SHARDS)) {
        const chunk = chunkOfKey(key)
        if (chunk === undefined || chunk >= count || done.has(chunk)) continue
        const bytes = await store.read(key)
        if (!bytes) continue
        const facts = await checkShard(chunk, bytes, chunkImages(images, plan, chunk))
        const sum = sums.get(key)
        const isOther = 'sha256' in facts && sum !== undefined && sum !== facts.sha256
        const problem = 'problem' in facts ? facts.problem : isOther && 'it is not what the manifest says'
        if ('sha256' in facts && !problem) {
          done.set(chunk, facts)
          found.push(chunk)
        } else {
          onBroken(store.placeOf(key), problem || '')
          await forget([chunk])
        }
      }
      // What is made from now on is no longer the manifest's.
      sums = new Map()
      return found
    },
    finish: async () => {
      const shards = [...done.values()].sort((a, b) => a.chunk - b.chunk)
      const failed = shards.flatMap((shard) => shard.failed)
      const manifest: Manifest = {
        version: plan.version,
        model: plan.model,
        settings: plan.settings,
        listing: plan.listing,
        images: shards.reduce((sum, shard) => sum + shard.images, 0),
        instances: shards.reduce((sum, shard) => sum + shard.instances, 0),
        failed,
        shards: shards.map(({ chunk, images, bytes, sha256 }) => ({
          ...{ file: shardKey(chunk), images, bytes, sha256 },
        })),
      }
      await store.put(FAILED_KEY, failed.map((result) => `${JSON.stringify(result)}\n`).join(''))
      await store.put(MANIFEST_KEY, `${JSON.stringify(manifest, null, 2)}\n`)
      return manifest
    },
  }
}

/** By the manifest of a batch that was complete; a manifest that cannot be read says nothing. */
async function sumsOf(store: ObjectStore): Promise<Map<string, string>> {
  const bytes = await store.read(MANIFEST_KEY)
  try {
    const { shards } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Manifest>
    return new Map((shards ?? []).map(({ file, sha256 }) => [file, sha256]))
  } catch {
    return new Map()
  }
}
