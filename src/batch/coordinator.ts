import { untilAborted } from '../runtime/until-aborted.ts'
import type { ChunkOrder, ChunkQueue } from './chunk-queue.ts'

/** Chunks that are with the queue at once: enough for any number of workers to be busy, few enough for its memory. */
const WINDOW = 1000
/** Seconds between two looks at the shards, and at what the queue knows of the rest. */
const [LOOK, COMPARE] = [1, 5]

/** A chunk that no worker could compute. */
export interface LostChunk {
  readonly chunk: number
  readonly reason: string
}

export interface Coordination {
  readonly queue: ChunkQueue
  readonly pending: readonly number[]
  readonly order: (chunk: number) => ChunkOrder
  /** Chunks whose shards have come since the last look. */
  readonly look: () => Promise<readonly number[]>
  /** Told after each look; now and then with how many workers there are. */
  readonly onLook: (workers?: number) => void
  readonly signal: AbortSignal
  /** Waits so many seconds; rejects once the signal is aborted. */
  readonly wait: (seconds: number, signal: AbortSignal) => Promise<unknown>
}

/**
 * Has workers compute chunks until each has a shard or failed for good; gives those that failed. What counts is the shards: a chunk
 * that the queue has lost, or says to be done, and that has none is ordered again.
 */
export async function coordinate(work: Coordination): Promise<LostChunk[]> {
  const { queue, pending, order, look, onLook, signal, wait } = work
  const toOrder = [...pending].reverse()
  const ordered = new Set<number>()
  const lost: LostChunk[] = []
  // A queue that is away would answer only when it is back.
  const asked = <T>(answer: Promise<T>) => untilAborted(answer, signal)
  try {
    for (let round = 0; ; round++) {
      signal.throwIfAborted()
      const isCompared = round % Math.round(COMPARE / LOOK) === 0
      if (isCompared) await asked(queue.beat())
      // Before the look: a chunk that leaves the queue in between has its shard by then.
      const compared = isCompared ? [...ordered] : []
      const states = await asked(queue.states(compared))
      for (const chunk of await look()) ordered.delete(chunk)
      onLook(isCompared ? await asked(queue.workers()) : undefined)
      const again: number[] = []
      for (const [i, chunk] of compared.entries()) {
        const state = states[i]
        if (state === 'waiting' || !ordered.has(chunk)) continue
        if (state === 'gone') again.push(chunk)
        else {
          ordered.delete(chunk)
          lost.push({ chunk, reason: state.failed })
        }
      }
      const fresh = toOrder.splice(Math.max(0, toOrder.length - (WINDOW - ordered.size))).reverse()
      await asked(queue.add([...again, ...fresh].map(order)))
      for (const chunk of fresh) ordered.add(chunk)
      if (ordered.size === 0 && toOrder.length === 0) return lost
      await wait(LOOK, signal)
    }
  } catch (error) {
    if (signal.aborted) await queue.withdraw([...ordered])
    throw error
  }
}
