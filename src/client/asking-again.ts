/** Which requests are sent again, and when. */
import { ServerError } from './server-error.ts'

export interface Retries {
  /** Times a request is sent again after a 429 or 503; 0: never. */
  readonly most: number
  /** Seconds that are waited before any of them at most; a server that wants more is not asked again. */
  readonly longestWait: number
}

export const RETRIES: Retries = { most: 4, longestWait: 30 }

const BUSY = [429, 503]
/** Seconds before the second request, doubled for each further one, where the server tells none. */
const FIRST_WAIT = 0.5

/** What `send` gives, sent again while the server is busy. Rejects with the last error, and with the signal's reason. */
export async function askingAgain<T>(
  send: () => Promise<T>,
  { most, longestWait }: Retries,
  signal?: AbortSignal,
): Promise<T> {
  for (let sent = 1; ; sent++) {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof ServerError) || !BUSY.includes(error.status) || sent > most) throw error
      // Clients that were refused together do not come back together.
      const wait = (error.retryAfter ?? FIRST_WAIT * 2 ** (sent - 1)) * (1 + Math.random() / 4)
      if ((error.retryAfter ?? 0) > longestWait) throw error
      await pause(Math.min(wait, longestWait), signal)
    }
  }
}

function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
