import { untilAborted } from '../runtime/until-aborted.ts'

/** Jobs in the order in which they came, so many at once. Whoever hands them over bounds how many wait. */
export interface JobQueue {
  readonly running: number
  readonly waiting: number
  /**
   * What `work` gives. Rejects with the signal's reason once that is aborted: a job that waits is then left out. One that runs keeps
   * its place until `work` has ended, which has to heed the signal itself.
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

export function jobQueue(atOnce: number): JobQueue {
  const waiting = new Set<() => void>()
  let running = 0
  /** Resolves when it is the job's turn, whose place is then taken. */
  const turn = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiting.delete(begin)
        reject(signal.reason)
      }
      const begin = () => {
        signal.removeEventListener('abort', leave)
        running++
        resolve()
      }
      if (running < atOnce) return begin()
      waiting.add(begin)
      signal.addEventListener('abort', leave, { once: true })
    })
  const giveBack = () => {
    running--
    const [next] = waiting
    if (!next) return
    waiting.delete(next)
    next()
  }
  return {
    get running() {
      return running
    },
    get waiting() {
      return waiting.size
    },
    run: async (work, signal) => {
      signal.throwIfAborted()
      await turn(signal)
      return untilAborted(work().finally(giveBack), signal)
    },
  }
}
