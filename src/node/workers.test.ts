import { afterEach, describe, expect, it } from 'vitest'
import type { EchoRequest, EchoResponse } from '../../test/fixtures/workers/echo-worker.ts'
import { DataError } from '../errors.ts'
import { startWorkerPool, type WorkerPool } from './workers.ts'

const url = new URL('../../test/fixtures/workers/echo-worker.ts', import.meta.url)

let pool: WorkerPool<EchoRequest, EchoResponse>
const start = (size: number) => {
  pool = startWorkerPool(url, { size, data: { factor: 2 } })
}
afterEach(() => pool.close())

describe('startWorkerPool', () => {
  it('runs a TypeScript module, hands over its data and moves buffers', async () => {
    start(1)
    const values = Float32Array.of(1, 2, 3)
    expect(await pool.run({ double: values }, [values.buffer])).toEqual(Float32Array.of(2, 4, 6))
    expect(values.length).toBe(0)
  })

  it('spreads requests over its workers', async () => {
    start(2)
    const threads = await Promise.all(Array.from({ length: 8 }, () => pool.run('thread')))
    expect(new Set(threads).size).toBe(2)
  })

  it('rejects with the error thrown in the worker, and goes on', async () => {
    start(1)
    const failure = await pool.run({ fail: 'data' }).catch((error) => error)
    expect(failure).toBeInstanceOf(DataError)
    expect(failure.message).toBe('a.png: bad image; expected 8 bits, got 7. Save it again')
    expect(failure).toMatchObject({ where: 'a.png', expected: '8 bits', got: '7', hint: 'Save it again' })
    await expect(pool.run({ fail: 'range' })).rejects.toMatchObject({
      name: 'RangeError',
      message: 'too far',
    })
    expect(await pool.run({ double: Float32Array.of(4) })).toEqual(Float32Array.of(8))
  })

  it('rejects what cannot be sent, and goes on', async () => {
    start(1)
    await expect(pool.run((() => 1) as unknown as EchoRequest)).rejects.toThrow(/could not be cloned/)
    expect(await pool.run({ double: Float32Array.of(1) })).toEqual(Float32Array.of(2))
  })

  it('rejects everything once a worker dies or the pool is closed', async () => {
    start(1)
    const [died, queued] = await Promise.allSettled([pool.run('die'), pool.run('thread')])
    expect(died).toMatchObject({ status: 'rejected', reason: { message: 'a worker ended; got exit code 3' } })
    expect(queued.status).toBe('rejected')
    await expect(pool.run('thread')).rejects.toThrow(/a worker ended/)
    start(1)
    const under = pool.run('thread').catch((error) => error.message)
    await pool.close()
    expect(await under).toBe('the worker pool is closed')
  })
})
