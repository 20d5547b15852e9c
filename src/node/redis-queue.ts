/** Chunks of batches as jobs of BullMQ: what a coordinator orders, and what workers take. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ChunkOrder, ChunkQueue, ChunkState } from '../batch/chunk-queue.ts'
import { type BullJob, connectRedis, isExpected } from './redis-connection.ts'

/** The queue of all batches in a Redis. */
const QUEUE = 'maskwright'
/** A job whose worker died is another's when its lock has expired, and somebody has looked. */
const [LOCK_MS, STALLED_MS] = [20_000, 10_000]
/** Of a chunk that fails as a whole, with waits from two seconds on. */
const ATTEMPTS = 4
/** Seconds for which a coordinator counts as alive. */
const BEAT_SECONDS = 60
const ENDLESS = 1_000_000
/** For saying goodbye to the queue. */
const LONGEST_END_MS = 3000

interface QueueOptions {
  /** Tells apart batches in one Redis: letters and digits. */
  readonly batch: string
  readonly say: (line: string) => void
}

type BatchOrder = ChunkOrder & { readonly batch: string }

/** The coordinator's side. Throws as `connectRedis` does. */
export async function openChunkQueue(url: string, { batch, say }: QueueOptions): Promise<ChunkQueue> {
  const { client, bull, place, close } = await connectRedis(url, say)
  const queue = new bull.Queue<BatchOrder>(QUEUE, {
    connection: client,
    defaultJobOptions: {
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: 2000 },
      removeOnComplete: true,
    },
  })
  queue.on('error', (error) => {
    if (!isExpected(error)) say(`${place}: ${error.message}`)
  })
  const idOf = (chunk: number) => `${batch}-${chunk}`
  const stateOf = async (chunk: number): Promise<ChunkState> => {
    const state = await queue.getJobState(idOf(chunk))
    if (state === 'unknown' || state === 'completed') return 'gone'
    if (state !== 'failed') return 'waiting'
    const job = await queue.getJob(idOf(chunk))
    return job ? { failed: job.failedReason ?? 'no reason was given' } : 'gone'
  }
  return {
    add: async (orders) => {
      if (orders.length === 0) return
      const ids = orders.map(({ chunk }) => idOf(chunk))
      // A job that has ended would keep its id from another. What is asked at once goes there in one piece.
      const states = await Promise.all(ids.map((id) => queue.getJobState(id)))
      const ended = ids.filter((_, i) => states[i] === 'failed' || states[i] === 'completed')
      await Promise.all(ended.map((id) => queue.remove(id)))
      await queue.addBulk(
        orders.map((order, i) => ({ name: 'chunk', data: { ...order, batch }, opts: { jobId: ids[i] } })),
      )
    },
    states: (chunks) => Promise.all(chunks.map(stateOf)),
    withdraw: async (chunks) => {
      // One that a worker has is locked, and stays.
      await soon(Promise.all(chunks.map((chunk) => queue.remove(idOf(chunk)).catch(() => undefined))))
    },
    workers: () => queue.getWorkersCount(),
    beat: async () => {
      await client.set(coordinatorKey(batch), '1', 'EX', BEAT_SECONDS)
    },
    close: async () => {
      await soon(queue.close())
      close()
    },
  }
}

/** Whether it was heard: a queue that is away does not hold up the end. */
function soon(goodbye: Promise<unknown>): Promise<boolean> {
  return Promise.race([goodbye.then(() => true), delay(LONGEST_END_MS, false, { ref: false })])
}

function coordinatorKey(batch: string): string {
  return `${QUEUE}:coordinator:${batch}`
}

/** A chunk that a worker has taken. */
export interface TakenChunk {
  /** With the deaths of workers that had it before. */
  readonly order: ChunkOrder
  /** Whether somebody waits for the result. */
  isWanted(): Promise<boolean>
  /** Notes which images, by their place, are being looked at: those of a worker that dies are known to the next. */
  noteUnderWay(places: readonly number[]): void
}

/** What became of a chunk; a chunk that is given back is another worker's, and one that throws is tried again. */
export type ChunkOutcome = 'done' | 'given back'

export interface WorkOptions {
  readonly say: (line: string) => void
  /** Ends the work, once `work` has heeded it. */
  readonly signal: AbortSignal
  /** Ends it after so many seconds without a chunk. */
  readonly idleSeconds?: number
}

/**
 * Takes one chunk after the other from all batches in a Redis until it is ended. The event loop has to stay free: the lock of a chunk
 * is renewed from it. Gives whether the queue heard of the end; where it was away, timers of BullMQ's may be left. Throws as
 * `connectRedis` does.
 */
export async function workOnChunks(
  url: string,
  work: (taken: TakenChunk) => Promise<ChunkOutcome>,
  { say, signal, idleSeconds = Number.POSITIVE_INFINITY }: WorkOptions,
): Promise<boolean> {
  const { client, bull, place, close } = await connectRedis(url, say)
  let active = 0
  let lastActive = performance.now()
  const perform = async (job: BullJob<BatchOrder>, token?: string) => {
    active++
    try {
      const taken = await takenChunk(
        job,
        async () => (await client.exists(coordinatorKey(job.data.batch))) > 0,
      )
      const outcome = await work(taken).catch(async (error) => {
        // It failed, and nobody died.
        await job.updateProgress({ underWay: [] })
        throw error
      })
      if (outcome === 'done') return
      await job.updateProgress({ underWay: [] })
      await job.moveToWait(token)
    } finally {
      active--
      lastActive = performance.now()
    }
    throw new bull.WaitingError()
  }
  const worker = new bull.Worker<BatchOrder>(QUEUE, perform, {
    connection: client,
    concurrency: 1,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_MS,
    maxStalledCount: ENDLESS,
    runRetryDelay: 1000,
  })
  worker.on('error', (error) => {
    if (!isExpected(error)) say(`${place}: ${error.message}`)
  })
  worker.waitUntilReady().then(
    () => say(`waiting for chunks at ${place}`),
    () => undefined,
  )
  try {
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        const idle = (performance.now() - lastActive) / 1000
        if (active === 0 && idle >= idleSeconds) end()
      }, 1000)
      const end = () => {
        clearInterval(look)
        resolve()
      }
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    })
    return await soon(worker.close())
  } finally {
    close()
  }
}

/** Images that were being looked at when a worker vanished have seen one more die. */
async function takenChunk(job: BullJob<BatchOrder>, isWanted: () => Promise<boolean>): Promise<TakenChunk> {
  const { underWay = [] } = (job.progress || {}) as { readonly underWay?: readonly number[] }
  let order = job.data
  if (underWay.length > 0) {
    const deaths: Record<number, number> = { ...order.deaths }
    for (const place of underWay) deaths[place] = (deaths[place] ?? 0) + 1
    order = { ...order, deaths }
    await job.updateData(order)
    await job.updateProgress({ underWay: [] })
  }
  return {
    order,
    isWanted,
    noteUnderWay: (places) => {
      // Nobody waits for it: a queue that is away must not hold up the work.
      job.updateProgress({ underWay: places }).catch(() => undefined)
    },
  }
}
