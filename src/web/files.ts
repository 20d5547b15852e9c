import { DataError } from '../errors.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'
import type { DownloadOptions } from '../weights/download-options.ts'

const OPTIONS: OptionNames<DownloadOptions> = { signal: true, onBytes: true }

/**
 * The bytes behind a URL, which may be relative to the page. Throws `DataError` naming the URL and why it could not
 * be read; an abort rejects with the signal's reason.
 */
export async function fetchBytes(
  url: string | URL,
  options: DownloadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  requireKnownOptions('fetchBytes', options, OPTIONS)
  const { signal, onBytes } = options
  try {
    const response = await fetch(url, { signal })
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim())
    return await readBody(response, onBytes)
  } catch (cause) {
    signal?.throwIfAborted()
    const got = cause instanceof Error ? cause.message : String(cause)
    throw new DataError('cannot be downloaded', { where: String(url), got }, { cause })
  }
}

async function readBody(
  response: Response,
  onBytes: DownloadOptions['onBytes'],
): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.body || !onBytes) return new Uint8Array(await response.arrayBuffer())
  const length = Number(response.headers.get('content-length'))
  const total = length > 0 && !response.headers.get('content-encoding') ? length : undefined
  const pieces: Uint8Array[] = []
  let loaded = 0
  const reader = response.body.getReader()
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    pieces.push(value as Uint8Array)
    loaded += (value as Uint8Array).length
    onBytes(loaded, total)
  }
  const bytes = new Uint8Array(loaded)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
