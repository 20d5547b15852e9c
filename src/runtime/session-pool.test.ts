import { describe, expect, it } from 'vitest'
import { int64, toNumbers } from '../tensor/tensor.ts'
import type { Session } from './session.ts'
import { sessionPool } from './session-pool.ts'

/** A session that answers when it is told to, with its own number. */
function session(number: number) {
  const runs: (() => void)[] = []
  let isDisposed = false
  const made: Session = {
    inputs: [],
    outputs: [],
    run: () =>
      new Promise((resolve, reject) => {
        runs.push(() => (isDisposed ? reject(new Error('disposed')) : resolve({ by: int64([number]) })))
      }),
    dispose: async () => {
      isDisposed = true
    },
  }
  return { made, runs }
}

const settled = () => new Promise((resolve) => setTimeout(resolve))

describe('sessionPool', () => {
  it('runs as many at once as there are sessions, and the others in their order', async () => {
    const [a, b] = [session(1), session(2)]
    const pool = sessionPool([a.made, b.made])
    expect(pool.concurrency).toBe(2)
    const order: number[] = []
    const runs = [0, 1, 2, 3].map(async (i) => {
      const { by } = await pool.run({})
      order.push(i)
      return toNumbers(by)[0]
    })
    await settled()
    expect([a.runs.length, b.runs.length]).toEqual([1, 1])
    b.runs[0]()
    await settled()
    expect([a.runs.length, b.runs.length]).toEqual([1, 2])
    b.runs[1]()
    await settled()
    b.runs[2]()
    a.runs[0]()
    await Promise.all(runs)
    expect(order).toHaveLength(4)
    expect([...(await Promise.all(runs))].sort()).toEqual([1, 2, 2, 2])
  })

  it('goes on after a run that failed, and does not start an aborted one', async () => {
    const only = session(1)
    const pool = sessionPool([only.made])
    const failing = pool.run({})
    const waiting = pool.run({})
    await only.made.dispose()
    await settled()
    only.runs[0]()
    await expect(failing).rejects.toThrow('disposed')
    await settled()
    expect(only.runs.length).toBe(2)
    only.runs[1]()
    await expect(waiting).rejects.toThrow('disposed')
    await expect(pool.run({}, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    expect(only.runs.length).toBe(2)
  })
})
