/** A batch from its plan to its manifest. */
import { type FinishedShards, finishedShards, type Manifest } from '../../batch/finished-shards.ts'
import type { ListedImage } from '../../batch/listing.ts'
import { type BatchPlan, beginBatch } from '../../batch/plan.ts'
import { folderStore } from '../../node/folder-store.ts'
import type { Device } from '../../runtime/session.ts'
import { workersFor } from '../chosen-workers.ts'
import { say } from '../print.ts'
import { type BatchProgress, type BatchState, batchProgress } from './batch-progress.ts'
import type { BatchModel } from './chosen-batch-model.ts'
import { type BatchSettings, type ImageResult, imageLooker } from './image-results.ts'
import { computeChunks } from './local-chunks.ts'
import { orderChunks } from './ordered-chunks.ts'

export interface BatchRun {
  readonly plan: BatchPlan
  readonly images: readonly ListedImage[]
  readonly model: BatchModel
  readonly flags: {
    readonly out: string
    readonly retries: number
    readonly retryFailed?: boolean
    readonly device: Device | 'auto'
    readonly threads?: number
    readonly workers?: number
    /** Address of a queue whose workers compute; without one this process does. */
    readonly queue?: string
  }
  readonly signal: AbortSignal
}

/**
 * Computes what is left of a batch; what lies there already is read and checked, not computed again. Throws `ConfigError` where the
 * folder holds another batch; an interruption rejects with the signal's reason, and leaves what is done.
 */
export async function runBatch(run: BatchRun): Promise<Manifest> {
  const { plan, images, flags, signal } = run
  const store = folderStore(flags.out)
  const isBegun = await beginBatch(store, plan, images)
  const onBroken = (place: string, problem: string) => say(`${place}: ${problem}; it is computed again`)
  const shards = finishedShards({ store, plan, images, onBroken })
  await shards.look()
  if (flags.retryFailed) {
    await shards.forget(
      [...shards.done.values()].flatMap(({ chunk, failed }) => (failed.length ? [chunk] : [])),
    )
  }
  const begun = stateOf(shards, images.length)
  if (isBegun) say(`${begun.done} of ${begun.images} images were done before`)
  if (shards.pending().length > 0) {
    const progress = batchProgress(store, begun)
    try {
      await computeLeft(run, shards, progress)
    } catch (error) {
      const { done } = stateOf(shards, images.length)
      if (signal.aborted)
        say(`interrupted: ${done} of ${images.length} images are done; the same command goes on`)
      throw error
    } finally {
      await progress.end(stateOf(shards, images.length))
    }
  }
  return shards.finish()
}

/** In this process, or by the workers of a queue. */
async function computeLeft(run: BatchRun, shards: FinishedShards, progress: BatchProgress): Promise<void> {
  const { plan, images, signal } = run
  const { queue, out, retries } = run.flags
  if (queue === undefined) return computeHere(run, shards, progress)
  const onLook = () => progress.step(stateOf(shards, images.length))
  await orderChunks({ plan, images, shards, queue, out, retries, signal, onLook })
}

function stateOf({ done }: FinishedShards, images: number): BatchState {
  const facts = [...done.values()]
  return {
    images,
    done: facts.reduce((sum, shard) => sum + shard.images, 0),
    failed: facts.reduce((sum, shard) => sum + shard.failed.length, 0),
    retries: 0,
  }
}

/** The same results whatever the number of workers, each of which is a thread. */
async function computeHere(
  { plan, images, model, flags, signal }: BatchRun,
  shards: FinishedShards,
  progress: BatchProgress,
): Promise<void> {
  const { out, device, threads, retries } = flags
  const settings = plan.settings as unknown as BatchSettings
  const workers = workersFor(images.length, flags)
  const detector = await model.open({ device, threads, worker: workers, max: settings.max })
  let { done, failed, retries: retried } = stateOf(shards, images.length)
  const look = imageLooker({ detector, settings, base: process.cwd(), retries, signal })
  const onImage = (file: string, { isFailed, before }: ImageResult) => {
    done++
    if (isFailed) failed++
    retried += before.length
    progress.step({ images: images.length, done, failed, retries: retried }, file)
  }
  try {
    await computeChunks({ plan, images, store: folderStore(out), shards, look, workers, onImage })
  } finally {
    await detector.dispose()
  }
}
