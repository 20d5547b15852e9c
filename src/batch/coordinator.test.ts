import { describe, expect, it } from 'vitest'
import type { ChunkOrder, ChunkQueue, ChunkState } from './chunk-queue.ts'
import { coordinate } from './coordinator.ts'

const orderOf = (chunk: number): ChunkOrder => ({
  ...{ version: '1', model: { name: 'm', sha256: '0' }, settings: {}, plan: 'p', chunk },
  ...{ images: [], base: '/', out: 'out', retries: 0 },
})

/** Chunks under way, in memory; between two looks `work` does with them what it wants. */
function coordination(
  pending: readonly number[],
  work: (waiting: Set<number>, finish: (chunk: number) => void, round: number) => void,
) {
  const waiting = new Set<number>()
  const failed = new Map<number, string>()
  const fresh: number[] = []
  const ordered: number[] = []
  const withdrawn: number[] = []
  const ending = new AbortController()
  let most = 0
  let round = 0
  const queue: ChunkQueue = {
    add: async (orders) => {
      for (const { chunk } of orders) {
        ordered.push(chunk)
        waiting.add(chunk)
      }
      most = Math.max(most, waiting.size)
    },
    states: async (chunks) =>
      chunks.map((chunk): ChunkState => {
        const reason = failed.get(chunk)
        if (reason) return { failed: reason }
        return waiting.has(chunk) ? 'waiting' : 'gone'
      }),
    withdraw: async (chunks) => void withdrawn.push(...chunks),
    workers: async () => 1,
    beat: async () => {},
    close: async () => {},
  }
  const finish = (chunk: number) => {
    waiting.delete(chunk)
    fresh.push(chunk)
  }
  const done = coordinate({
    ...{ queue, pending, order: orderOf, signal: ending.signal, onLook: () => {} },
    look: async () => fresh.splice(0),
    wait: async () => {
      if (round++ > 500) throw new Error('it does not end')
      work(waiting, finish, round)
    },
  })
  return { done, ordered, withdrawn, failed, ending, most: () => most }
}

describe('the coordinator', () => {
  it('orders every chunk once, and no more at a time than the queue should hold', async () => {
    const pending = Array.from({ length: 2500 }, (_, chunk) => chunk)
    const { done, ordered, most } = coordination(pending, (waiting, finish) => {
      for (const chunk of [...waiting].slice(0, 100)) finish(chunk)
    })
    expect(await done).toEqual([])
    expect(ordered).toEqual(pending)
    expect(most()).toBe(1000)
  })

  it('orders again what the queue has lost, and only that', async () => {
    const { done, ordered } = coordination([0, 1, 2, 3], (waiting, finish, round) => {
      if (round === 1) finish(0)
      // As a Redis that is started anew.
      if (round === 2) waiting.clear()
      if (round > 10) for (const chunk of waiting) finish(chunk)
    })
    expect(await done).toEqual([])
    expect(ordered).toEqual([0, 1, 2, 3, 1, 2, 3])
  })

  it('counts what a worker finished though the queue had lost it', async () => {
    const { done, ordered } = coordination([0, 1], (waiting, finish, round) => {
      if (round === 2) waiting.clear()
      if (round === 3) finish(0)
      if (round > 8) for (const chunk of waiting) finish(chunk)
    })
    expect(await done).toEqual([])
    expect(ordered).toEqual([0, 1, 1])
  })

  it('goes on with the others where a chunk fails, and tells it in the end', async () => {
    const { done, failed } = coordination([0, 1, 2], (waiting, finish, round) => {
      if (round === 1) failed.set(1, 'no memory')
      if (round > 6) for (const chunk of waiting) if (chunk !== 1) finish(chunk)
    })
    expect(await done).toEqual([{ chunk: 1, reason: 'no memory' }])
  })

  it('takes its orders back when it is ended', async () => {
    const { done, withdrawn, ending } = coordination([0, 1, 2], (_, finish, round) => {
      if (round === 1) finish(0)
      if (round === 3) ending.abort(new Error('enough'))
    })
    await expect(done).rejects.toThrow('enough')
    expect(withdrawn).toEqual([1, 2])
  })
})
