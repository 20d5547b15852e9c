/** How often something is tried, and when. */
export interface AttemptOptions {
  /** After the first attempt. */
  readonly retries: number
  /** Whether it may help to try again. */
  readonly mayPass: (error: unknown) => boolean
  /** Told of each attempt that is followed by another. */
  readonly onRetry?: (error: unknown) => void
  readonly signal: AbortSignal
  /** Waits so many seconds; rejects once the signal is aborted. */
  readonly wait: (seconds: number, signal: AbortSignal) => Promise<unknown>
}

const [FIRST_WAIT, LONGEST_WAIT] = [0.5, 30]

/**
 * What `work` gives, tried again after half a second, one, two and so on where an attempt fails with what may pass. Throws what
 * the last attempt threw.
 */
export async function withAttempts<T>(work: () => Promise<T>, options: AttemptOptions): Promise<T> {
  const { retries, mayPass, onRetry, signal, wait } = options
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      if (signal.aborted || attempt >= retries || !mayPass(error)) throw error
      onRetry?.(error)
      await wait(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt), signal)
    }
  }
}
