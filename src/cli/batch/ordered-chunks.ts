import { relative, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { coordinate, type LostChunk } from '../../batch/coordinator.ts'
import type { FinishedShards } from '../../batch/finished-shards.ts'
import type { ListedImage } from '../../batch/listing.ts'
import { type BatchPlan, chunkImages, planId } from '../../batch/plan.ts'
import { sha256 } from '../../batch/sha256.ts'
import { DataError } from '../../errors.ts'
import { openChunkQueue } from '../../node/redis-queue.ts'
import { say } from '../print.ts'

interface OrderedBatch {
  readonly plan: BatchPlan
  readonly images: readonly ListedImage[]
  readonly shards: FinishedShards
  /** Address of the queue. */
  readonly queue: string
  readonly out: string
  readonly retries: number
  readonly signal: AbortSignal
  /** Told after each look at the shards. */
  readonly onLook: () => void
}

/** Has the workers of a queue compute the chunks that are pending. Throws `DataError` where some are left that none could compute. */
export async function orderChunks(ordered: OrderedBatch): Promise<void> {
  const { plan, images, shards, retries, signal, onLook } = ordered
  const { version, model, settings } = plan
  const [base, out] = [process.cwd(), resolve(ordered.out)]
  const fromBase = relative(base, out)
  const id = await planId(plan)
  const batch = (await sha256(JSON.stringify([id, out]))).slice(0, 16)
  const queue = await openChunkQueue(ordered.queue, { batch, say })
  let isLonely = false
  try {
    const lost = await coordinate({
      ...{ queue, signal, pending: shards.pending() },
      order: (chunk) => ({
        ...{ version, model, settings, plan: id, chunk, base, retries },
        images: chunkImages(images, plan, chunk),
        // Below the base both are found together from another place.
        out: fromBase.startsWith('..') ? out : fromBase,
      }),
      look: () => shards.look(),
      onLook: (workers) => {
        if (workers === 0 && !isLonely)
          say('no worker is at the queue: "maskwright worker" with the same --queue is one')
        isLonely = workers === undefined ? isLonely : workers === 0
        onLook()
      },
      wait: (seconds) => delay(1000 * seconds, undefined, { signal }).catch(() => signal.throwIfAborted()),
    })
    if (lost.length > 0) throw lostChunks(lost, plan, images)
  } finally {
    await queue.close()
  }
}

function lostChunks(lost: readonly LostChunk[], plan: BatchPlan, images: readonly ListedImage[]): DataError {
  const [{ chunk, reason }] = lost
  const many = lost.length === 1 ? 'a chunk' : `${lost.length} chunks`
  return new DataError(
    `workers failed with ${many}; the first begins with ${chunkImages(images, plan, chunk)[0].file}`,
    {
      got: reason,
      hint: 'The same command tries again',
    },
  )
}
