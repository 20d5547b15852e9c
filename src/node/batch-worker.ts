import type { BatchFeeds } from '../data/batch.ts'
import { type BatchJob, runBatchJob } from '../data/batch-job.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import { recompressJpeg } from './decode-image.ts'
import { readImageIn } from './image-folder.ts'
import { answerRequests } from './workers.ts'

/** Where the images of a worker lie, and how they are read. */
export interface BatchSource {
  readonly folder: string
  readonly reading?: ReadingOptions
}

/** Entry of a worker thread of `batch-maker.ts`. */
answerRequests<BatchJob, BatchFeeds, BatchSource>(async (job, { folder, reading }) => {
  const feeds = await runBatchJob(job, readImageIn(folder, reading), recompressJpeg)
  return { response: feeds, transfer: Object.values(feeds).map(({ data }) => data.buffer as ArrayBuffer) }
})
