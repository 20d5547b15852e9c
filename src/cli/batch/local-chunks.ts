import type { FinishedShards } from '../../batch/finished-shards.ts'
import type { ListedImage } from '../../batch/listing.ts'
import type { ObjectStore } from '../../batch/object-store.ts'
import { type BatchPlan, chunkImages } from '../../batch/plan.ts'
import { retriedKey } from '../../batch/shard.ts'
import { ahead, atOnceFor } from '../../predict/ahead.ts'
import type { ImageLooker, ImageResult } from './image-results.ts'

interface LocalBatch {
  readonly plan: BatchPlan
  readonly images: readonly ListedImage[]
  readonly store: ObjectStore
  readonly shards: FinishedShards
  readonly look: ImageLooker
  /** Images that are looked at at once. */
  readonly workers: number
  /** Told of each image, also before its chunk is done. */
  readonly onImage: (file: string, result: ImageResult) => void
}

/** Computes the chunks that are pending in this process; a shard is written when the last image of its chunk is done. */
export async function computeChunks(batch: LocalBatch): Promise<void> {
  const { plan, images, store, shards, look, workers, onImage } = batch
  function* work() {
    for (const chunk of shards.pending()) {
      const listed = chunkImages(images, plan, chunk)
      for (const [i, image] of listed.entries()) yield { chunk, image, isLast: i === listed.length - 1 }
    }
  }
  let results: ImageResult[] = []
  let retried: string[] = []
  for await (const { item, made } of ahead(work(), ({ image }) => look(image), atOnceFor(workers))) {
    results.push(made)
    if (made.before.length > 0) retried.push(retriedLine(item.image, made))
    onImage(item.image.file, made)
    if (!item.isLast) continue
    if (retried.length > 0) await store.put(retriedKey(item.chunk), retried)
    await shards.put(
      item.chunk,
      results.map(({ line }) => line),
    )
    results = []
    retried = []
  }
}

/** What is kept of an image that succeeded only when it was tried again. */
export function retriedLine({ file }: ListedImage, { before }: ImageResult): string {
  return `${JSON.stringify({ file, before })}\n`
}
