import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { askingAgain } from './asking-again.ts'
import { ServerError } from './server-error.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** When a request is sent, in seconds from the first, to a server that answers so; and what comes of it. */
async function sentTo(
  answers: readonly (ServerError | 'done')[],
  retries = { most: 4, longestWait: 30 },
): Promise<{ times: number[]; end: unknown }> {
  const [times, begun]: [number[], number] = [[], Date.now()]
  const send = async () => {
    const answer = answers[Math.min(times.length, answers.length - 1)]
    times.push((Date.now() - begun) / 1000)
    if (answer !== 'done') throw answer
    return answer
  }
  const end = askingAgain(send, retries).catch((error: unknown) => error)
  await vi.runAllTimersAsync()
  return { times, end: await end }
}

const busy = (status: number, retryAfter?: number) => new ServerError('busy', { status, retryAfter })

it('waits twice as long each time where the server tells nothing', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  const { times, end } = await sentTo([busy(503), busy(429), busy(503), busy(429), 'done'])
  expect([times, end]).toEqual([[0, 0.5, 1.5, 3.5, 7.5], 'done'])
})

it('waits as long as the server tells, and up to a quarter more', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  expect(await sentTo([busy(429, 2), busy(503, 4), 'done'])).toEqual({ times: [0, 2.5, 7.5], end: 'done' })
})

it('gives up after so many times, at what is no want of time, and where the wait would be too long', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  for (const [error, most, sent] of [
    [busy(503), 2, 3],
    [busy(503), 0, 1],
    [busy(500), 4, 1],
    [busy(413), 4, 1],
    [busy(429, 31), 4, 1],
  ] as const) {
    const { times, end } = await sentTo([error], { most, longestWait: 30 })
    expect([times.length, end]).toEqual([sent, error])
  }
})

it('ends its wait with the signal', async () => {
  const control = new AbortController()
  const asked = askingAgain(() => Promise.reject(busy(503, 20)), { most: 4, longestWait: 30 }, control.signal)
  const end = asked.catch((reason: unknown) => reason)
  await vi.advanceTimersByTimeAsync(1000)
  control.abort('enough')
  expect([await end, vi.getTimerCount()]).toEqual(['enough', 0])
})
