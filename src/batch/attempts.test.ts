import { expect, it } from 'vitest'
import { withAttempts } from './attempts.ts'

/** Fails so many times, with reasons that are numbered. */
function failing(times: number) {
  let count = 0
  return async () => {
    count++
    if (count <= times) throw new Error(`failed ${count}`)
    return `done at ${count}`
  }
}

function attempts(work: () => Promise<string>, retries = 3, mayPass = (_: unknown) => true) {
  const waits: number[] = []
  const reasons: string[] = []
  const done = withAttempts(work, {
    ...{ retries, mayPass, signal: new AbortController().signal },
    onRetry: (error) => reasons.push((error as Error).message),
    wait: async (seconds) => waits.push(seconds),
  })
  return { done, waits, reasons }
}

it('tries again, later each time, and tells why', async () => {
  const { done, waits, reasons } = attempts(failing(3))
  expect(await done).toBe('done at 4')
  expect(waits).toEqual([0.5, 1, 2])
  expect(reasons).toEqual(['failed 1', 'failed 2', 'failed 3'])
})

it('gives up with the last reason, and at once where waiting does not help', async () => {
  const { done, reasons } = attempts(failing(9), 2)
  await expect(done).rejects.toThrow('failed 3')
  expect(reasons).toEqual(['failed 1', 'failed 2'])
  const broken = attempts(failing(9), 2, () => false)
  await expect(broken.done).rejects.toThrow('failed 1')
  expect(broken.waits).toEqual([])
})
