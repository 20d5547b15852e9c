import { availableParallelism } from 'node:os'
import { ConfigError } from '../errors.ts'

/**
 * Throws `ConfigError` for a number of threads that is none, or far above the cores of this machine: each takes memory, and
 * all of them wait for each other. Up to 16 are always allowed, so that a run can go on elsewhere with what it began with.
 */
export function requireThreads(threads: number | null | undefined, where = 'threads'): void {
  if (threads === undefined || threads === null) return
  const cores = availableParallelism()
  const most = Math.max(16, 4 * cores)
  if (Number.isInteger(threads) && threads >= 1 && threads <= most) return
  throw new ConfigError('option is wrong', {
    where,
    expected: `a whole number from 1 to ${most} on this machine of ${cores} ${cores === 1 ? 'core' : 'cores'}`,
    got: `${threads}`,
  })
}

/**
 * `MASKWRIGHT_THREADS`: how many threads compute where nothing else says so, as in a container or a test run; undefined leaves it to the
 * runtime, which takes all cores. Throws `ConfigError` as `requireThreads` does.
 */
export function threadsOfEnvironment(): number | undefined {
  const { MASKWRIGHT_THREADS } = process.env
  if (!MASKWRIGHT_THREADS) return undefined
  const threads = Number(MASKWRIGHT_THREADS)
  requireThreads(threads, 'MASKWRIGHT_THREADS')
  return threads
}

/** The same for the number of threads that compute beside each other, each with a copy of the model. */
export function requireWorkers(workers: number): void {
  const most = 4 * availableParallelism()
  if (Number.isInteger(workers) && workers >= 1 && workers <= most) return
  throw new ConfigError('option is wrong', {
    where: 'worker',
    expected: `a whole number from 1 to ${most} on this machine`,
    got: `${workers}`,
  })
}
