import { fileURLToPath } from 'node:url'
import { DataError } from '../errors.ts'
import type { DownloadOptions } from '../weights/download-options.ts'
import { loadFile } from './regular-file.ts'
import { NetworkFailure, request } from './web-request.ts'

/** Whether a text is a URL that `loadUrl` reads; everything else is a path. */
export function isUrl(text: string): boolean {
  return /^(https?|file):\/\//.test(text)
}

/** What a server may send at most, and how long that may take in all and without a byte. */
const DOWNLOAD = { bytes: 2 ** 30, milliseconds: 15 * 60_000, silence: 30_000 }

/**
 * The bytes behind a URL (`file:`, `http:`, `https:`), up to 1 GiB, through a proxy where the environment names one. Throws
 * `DataError` naming the URL and why it could not be read, also where nothing comes for 30 seconds, or not all of it in 15
 * minutes; an abort rejects with the signal's reason.
 */
export async function loadUrl(
  url: string | URL,
  { signal, onBytes }: DownloadOptions = {},
  limits = DOWNLOAD,
): Promise<Uint8Array> {
  const whole = AbortSignal.timeout(limits.milliseconds)
  const signals = AbortSignal.any([whole, ...(signal ? [signal] : [])])
  try {
    const parsed = new URL(url)
    if (parsed.protocol === 'file:') return await loadFile(fileURLToPath(parsed))
    return await request(
      parsed,
      { signal: signals, silence: limits.silence },
      async ({ status, statusText, headers, pieces }) => {
        if (status < 200 || status > 299)
          throw new NetworkFailure(`the server answered ${status} ${statusText}`)
        const stated = Number(headers.get('content-length'))
        const total = stated > 0 && !headers.get('content-encoding') ? stated : undefined
        const parts: Uint8Array[] = []
        let length = 0
        for await (const part of pieces) {
          parts.push(part)
          length += part.length
          onBytes?.(length, total)
          if (length > limits.bytes)
            throw new NetworkFailure(`more than ${Math.round(limits.bytes / 2 ** 20)} MiB`)
        }
        return Buffer.concat(parts)
      },
    )
  } catch (error) {
    if (error instanceof DataError) throw error
    signal?.throwIfAborted()
    const got = whole.aborted ? `not all of it in ${limits.milliseconds / 1000} s` : (error as Error).message
    throw new DataError('cannot be downloaded', { where: String(url), got }, { cause: error })
  }
}
