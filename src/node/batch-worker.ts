import type { BatchFeeds } from '../data/batch.ts'
import { type BatchJob, runBatchJob } from '../data/batch-job.ts'
import { readImageIn } from './image-folder.ts'
import { answerRequests } from './workers.ts'

/** Entry of a worker thread of `batch-maker.ts`; its data is the folder of the images. */
answerRequests<BatchJob, BatchFeeds, string>(async (job, folder) => {
  const feeds = await runBatchJob(job, readImageIn(folder))
  return { response: feeds, transfer: Object.values(feeds).map(({ data }) => data.buffer as ArrayBuffer) }
})
