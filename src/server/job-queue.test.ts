import { expect, it } from 'vitest'
import { jobQueue } from './job-queue.ts'

const never = new AbortController().signal

/** Work that ends when it is told to. */
function held() {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { work: () => ended, end }
}

it('takes jobs in their order, so many at once', async () => {
  const queue = jobQueue(2)
  const begun: number[] = []
  const jobs = [0, 1, 2, 3].map(() => held())
  const all = jobs.map(({ work }, i) =>
    queue.run(async () => {
      begun.push(i)
      await work()
      return i * 10
    }, never),
  )
  await expect.poll(() => begun).toEqual([0, 1])
  expect([queue.running, queue.waiting]).toEqual([2, 2])
  jobs[1].end()
  await expect.poll(() => begun).toEqual([0, 1, 2])
  for (const { end } of jobs) end()
  expect(await Promise.all(all)).toEqual([0, 10, 20, 30])
  expect([queue.running, queue.waiting]).toEqual([0, 0])
})

it('leaves out a job that was given up while it waited', async () => {
  const queue = jobQueue(1)
  const first = held()
  const one = queue.run(first.work, never)
  const control = new AbortController()
  let isBegun = false
  const two = queue.run(async () => {
    isBegun = true
  }, control.signal)
  control.abort(new Error('gone'))
  await expect(two).rejects.toThrow('gone')
  expect(queue.waiting).toBe(0)
  first.end()
  await one
  expect(isBegun).toBe(false)
})

it('answers at once for a job that is given up while it runs, which keeps its place until it has ended', async () => {
  const queue = jobQueue(1)
  const first = held()
  const control = new AbortController()
  const one = queue.run(first.work, control.signal)
  await expect.poll(() => queue.running).toBe(1)
  control.abort(new Error('late'))
  await expect(one).rejects.toThrow('late')
  const two = queue.run(async () => 'two', never)
  expect([queue.running, queue.waiting]).toEqual([1, 1])
  first.end()
  expect(await two).toBe('two')
})

it('gives the place of a job that failed to the next', async () => {
  const queue = jobQueue(1)
  const one = queue.run(async () => {
    throw new Error('no')
  }, never)
  const two = queue.run(async () => 2, never)
  await expect(one).rejects.toThrow('no')
  expect(await two).toBe(2)
})
