import type { BatchFeeds } from '../data/batch.ts'
import { type BatchJob, runBatchJob } from '../data/batch-job.ts'
import type { BatchMaker } from '../data/loader.ts'
import { readImageIn } from './image-folder.ts'
import { startWorkerPool } from './workers.ts'

export interface OpenBatchMaker extends BatchMaker {
  /** Stops the workers at once; batches in the making reject. */
  close(): Promise<void>
}

/** Makes batches of the images in `folder`, in `workers` threads, or in this one where that is 0. */
export function openBatchMaker(folder: string, workers: number): OpenBatchMaker {
  if (workers === 0) {
    const readImage = readImageIn(folder)
    return { concurrency: 1, make: (job) => runBatchJob(job, readImage), close: async () => {} }
  }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const pool = startWorkerPool<BatchJob, BatchFeeds>(
    new URL(`./batch-worker.${extension}`, import.meta.url),
    {
      size: workers,
      data: folder,
    },
  )
  return { concurrency: workers, make: (job) => pool.run(job), close: () => pool.close() }
}
