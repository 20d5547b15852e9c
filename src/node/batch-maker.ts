import type { BatchFeeds } from '../data/batch.ts'
import { type BatchJob, runBatchJob } from '../data/batch-job.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import type { BatchMaker } from '../data/loader.ts'
import type { BatchSource } from './batch-worker.ts'
import { recompressJpeg } from './decode-image.ts'
import { readImageIn } from './image-folder.ts'
import { startWorkerPool } from './workers.ts'

export interface OpenBatchMaker extends BatchMaker {
  /** Stops the workers at once; batches in the making reject. */
  close(): Promise<void>
}

/** Makes batches of the images in `folder`, in `workers` threads, or in this one where that is 0. */
export function openBatchMaker(folder: string, workers: number, reading?: ReadingOptions): OpenBatchMaker {
  if (workers === 0) {
    const readImage = readImageIn(folder, reading)
    return {
      concurrency: 1,
      make: (job) => runBatchJob(job, readImage, recompressJpeg),
      close: async () => {},
    }
  }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const source: BatchSource = { folder, reading }
  const pool = startWorkerPool<BatchJob, BatchFeeds>(
    new URL(`./batch-worker.${extension}`, import.meta.url),
    { size: workers, data: source },
  )
  return { concurrency: workers, make: (job) => pool.run(job), close: () => pool.close() }
}
