// Its code is read with the first request: most commands make none, and it takes a tenth of a second.
import type { EnvHttpProxyAgent, Headers } from 'undici'
import { DataError } from '../errors.ts'

/** What a server answered; the bytes of the body arrive in pieces. */
export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  readonly pieces: AsyncIterable<Uint8Array>
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** An abort rejects with its reason. */
  readonly signal?: AbortSignal
  /** For how many milliseconds nothing may arrive. */
  readonly silence: number
}

/** A server could not be reached, broke off or fell silent; to ask again may help. */
export class NetworkFailure extends Error {}

/**
 * Asks a server, follows where it points, and has `take` consume the answer. Goes through a proxy where `HTTP_PROXY`,
 * `HTTPS_PROXY` and `NO_PROXY` say so, which `fetch` of Node 20 and 22 does not. Throws `NetworkFailure`, `DataError` where an
 * encrypted address leads to one that is not, and what `take` throws.
 */
export async function request<T>(
  url: URL,
  { headers, signal, silence }: RequestOptions,
  take: (answer: Answer) => Promise<T>,
): Promise<T> {
  const undici = await import('undici')
  const agent = proxyAgent(undici)
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(), silence)
  const signals = [silent.signal, ...(signal ? [signal] : [])]
  const failure = (error: unknown) => {
    signal?.throwIfAborted()
    return new NetworkFailure(
      silent.signal.aborted ? `no answer in ${silence / 1000} s` : reasonOfFailure(error),
      {
        cause: error,
      },
    )
  }
  try {
    const options = { headers, signal: AbortSignal.any(signals), dispatcher: agent }
    const response = await undici.fetch(url, options).catch((error) => {
      throw failure(error)
    })
    if (url.protocol === 'https:' && !response.url.startsWith('https:')) {
      throw new DataError('leads to an address without encryption', { where: String(url), got: response.url })
    }
    const { status, statusText, body } = response
    async function* pieces() {
      try {
        for await (const piece of body ?? []) {
          timer.refresh()
          yield piece as Uint8Array
        }
      } catch (error) {
        throw failure(error)
      }
    }
    return await take({ status, statusText, headers: response.headers, pieces: pieces() })
  } finally {
    clearTimeout(timer)
    await agent.destroy()
  }
}

function proxyAgent({ EnvHttpProxyAgent }: typeof import('undici')): EnvHttpProxyAgent {
  try {
    return new EnvHttpProxyAgent()
  } catch (cause) {
    throw new DataError(
      'the proxy that the environment names cannot be used',
      {
        where: 'HTTP_PROXY or HTTPS_PROXY',
        expected: 'an address such as http://proxy:3128',
        got: reasonOfFailure(cause),
      },
      { cause },
    )
  }
}

/** `fetch` says only that it failed; why is further down. */
function reasonOfFailure(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOfFailure(error.errors[0])
  if (error instanceof Error && error.cause !== undefined) return reasonOfFailure(error.cause)
  return error instanceof Error ? error.message : String(error)
}
