/** Files too large to be fetched twice: continued where they broke off, and in their place only once they are known to be right. */
import { createHash } from 'node:crypto'
import { type FileHandle, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DataError, MaskwrightError } from '../errors.ts'
import type { DownloadOptions } from '../weights/download-options.ts'
import type { Digest } from '../weights/published/published-weights.ts'
import { makeFolder, openChunks } from './files.ts'
import { exclusively } from './lock-file.ts'
import { codeOf, reasonOf } from './system-reasons.ts'
import { type Answer, NetworkFailure, request } from './web-request.ts'

export interface FileDownload extends DownloadOptions {
  readonly digest?: Digest
  /** Told where another process is downloading the same file, which this one then waits for. */
  readonly onWait?: () => void
  /** Told why the server is asked again. */
  readonly onRetry?: (reason: string) => void
}

/** Milliseconds without a byte, and before each new try after which nothing has arrived. */
const PATIENCE = { silence: 30_000, tries: [1_000, 2_000, 4_000, 8_000] as readonly number[] }

/** Answers that another try may change. */
const PASSING = [408, 425, 429, 500, 502, 503, 504]

/**
 * Downloads a file to `target`, under another name (`.part`) until all of it is there and its digest is right; a file that is
 * there already is only checked. What has arrived stays after a failure, an abort or a kill, and the next call goes on from
 * there if the server says that it is still the same file. Of several calls at once, in whatever processes, one downloads and
 * the others wait. Throws `DataError` naming the address or the file, and why; an abort rejects with the signal's reason.
 */
export async function downloadFile(
  url: string,
  target: string,
  options: FileDownload = {},
  patience = PATIENCE,
): Promise<void> {
  await makeFolder(dirname(target))
  const download = async () => {
    if (await sizeOf(target)) {
      return requireDigest(target, options.digest, { hint: 'Remove it, and it will be downloaded' })
    }
    await fetchWhole(url, target, options, patience)
    const part = partOf(target)
    await requireDigest(part, options.digest, {
      from: url,
      hint: 'What came was removed. A proxy, or whoever runs the server, may have changed it: try again, or elsewhere',
      remove: () => forget(target),
    })
    await writing(part, async () => {
      await rename(part, target)
      await forget(target)
    })
  }
  await writing(target, () => exclusively(`${target}.lock`, download, options))
}

const partOf = (target: string) => `${target}.part`
const stateOf = (target: string) => `${target}.part.json`

/** Where a part comes from, and by what the server tells this file from another of its name. */
interface PartState {
  readonly url: string
  readonly validator: string
}

async function forget(target: string): Promise<void> {
  for (const file of [partOf(target), stateOf(target)]) await rm(file, { force: true })
}

async function fetchWhole(
  url: string,
  target: string,
  options: FileDownload,
  patience: typeof PATIENCE,
): Promise<void> {
  const { signal, onRetry } = options
  for (let tries = 0; ; tries++) {
    const before = await sizeOf(partOf(target))
    try {
      return await fetchRest(url, target, options, patience.silence)
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof NetworkFailure)) throw error
      if ((await sizeOf(partOf(target))) > before) tries = 0
      const pause = patience.tries[tries]
      if (pause === undefined) throw unreachable(url, target, error.message)
      onRetry?.(error.message)
      await delay(pause, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}

/** One answer of the server, added to what is there already. */
async function fetchRest(
  url: string,
  target: string,
  { signal, onBytes }: FileDownload,
  silence: number,
): Promise<void> {
  const part = partOf(target)
  const known = await readState(target, url)
  const have = known ? await sizeOf(part) : 0
  const headers = {
    'accept-encoding': 'identity',
    ...(known && have > 0 && { range: `bytes=${have}-`, 'if-range': known.validator }),
  }
  await request(new URL(url), { headers, signal, silence }, async (answer) => {
    const range = rangeOf(answer)
    if (answer.status === 416) {
      if (have > 0 && range.total === have) return
      await forget(target)
      throw new NetworkFailure('the server has no such part of the file')
    }
    requireFile(answer, url, target)
    const start = answer.status === 206 ? range.start : 0
    if (start !== 0 && start !== have) {
      await forget(target)
      throw new NetworkFailure('the server sent another part of the file')
    }
    const total = answer.status === 206 ? range.total : lengthOf(answer)
    await requireRoom(part, total === undefined ? undefined : total - start)
    if (start === 0) await writeState(target, url, validatorOf(answer))
    const loaded = await append(part, start, answer.pieces, (loaded) => onBytes?.(loaded, total))
    if (total !== undefined && loaded < total) {
      throw new NetworkFailure(`the server ended after ${loaded} of ${total} bytes`)
    }
  })
}

async function append(
  part: string,
  start: number,
  pieces: AsyncIterable<Uint8Array>,
  onBytes: (loaded: number) => void,
): Promise<number> {
  const file = await writing(part, () => open(part, start === 0 ? 'w' : 'r+'))
  let loaded = start
  try {
    for await (const piece of pieces) {
      await writing(part, () => writeAt(file, piece, loaded))
      loaded += piece.length
      onBytes(loaded)
    }
    await writing(part, () => file.sync())
    return loaded
  } finally {
    await file.close()
  }
}

async function writeAt(file: FileHandle, piece: Uint8Array, place: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    done += (await file.write(piece, done, piece.length - done, place + done)).bytesWritten
  }
}

/** Throws for answers that hold no file: at once where asking again would not help. */
function requireFile({ status, statusText, headers }: Answer, url: string, target: string): void {
  const got = `the server answered ${status} ${statusText}`.trim()
  if (PASSING.includes(status)) throw new NetworkFailure(got)
  if (status !== 200 && status !== 206) {
    const hint = `If the file has moved, download it and put it at ${target}`
    throw new DataError('cannot be downloaded', { where: url, got, hint })
  }
  if (headers.get('content-type')?.startsWith('text/html')) {
    throw new DataError('is not a file', {
      where: url,
      expected: 'weights',
      got: 'a web page',
      hint: `Open the address in a browser, and put the file at ${target}`,
    })
  }
}

/** What `If-Range` takes: a strong tag, else the time of the last change. */
function validatorOf({ headers }: Answer): string | undefined {
  if (headers.get('content-encoding')) return undefined
  const tag = headers.get('etag')
  return tag && !tag.startsWith('W/') ? tag : (headers.get('last-modified') ?? undefined)
}

function rangeOf({ headers }: Answer): { readonly start: number; readonly total?: number } {
  const [, start, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
  return { start: Number(start), total: total === undefined || total === '*' ? undefined : Number(total) }
}

function lengthOf({ headers }: Answer): number | undefined {
  const length = headers.get('content-length')
  return length === null || headers.get('content-encoding') ? undefined : Number(length)
}

async function readState(target: string, url: string): Promise<PartState | undefined> {
  try {
    const state = JSON.parse(await readFile(stateOf(target), 'utf8'))
    return state.url === url && typeof state.validator === 'string' ? state : undefined
  } catch {
    return undefined
  }
}

async function writeState(target: string, url: string, validator: string | undefined): Promise<void> {
  const path = stateOf(target)
  await writing(path, async () => {
    if (validator === undefined) await rm(path, { force: true })
    else await writeFile(path, JSON.stringify({ url, validator } satisfies PartState))
  })
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}

async function requireRoom(part: string, bytes: number | undefined): Promise<void> {
  const disk = await statfs(dirname(part)).catch(() => undefined)
  const free = disk && disk.bavail * disk.bsize
  if (bytes === undefined || free === undefined || free >= bytes) return
  throw new DataError('there is too little room on the disk', {
    where: part,
    expected: `${megabytes(bytes)} more`,
    got: megabytes(free),
    hint: ROOM,
  })
}

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG']
const ROOM = 'Make room, or name another folder in MASKWRIGHT_CACHE; what has arrived stays'
const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`

/** Has a failure of the file system name the file and the reason. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof MaskwrightError || cause instanceof NetworkFailure) throw cause
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    const hint = FULL.includes(codeOf(cause) ?? '') ? ROOM : 'MASKWRIGHT_CACHE names another folder'
    throw new DataError(`cannot write the file: ${reasonOf(cause)}`, { where: path, hint }, { cause })
  }
}

function unreachable(url: string, target: string, got: string): DataError {
  return new DataError('cannot be downloaded', {
    where: url,
    got,
    hint: `Offline, or behind a proxy (HTTPS_PROXY)? What has arrived stays and is continued; or put the file at ${target}`,
  })
}

interface Mismatch {
  readonly from?: string
  readonly hint: string
  readonly remove?: () => Promise<void>
}

async function requireDigest(
  path: string,
  digest: Digest | undefined,
  { from = path, hint, remove }: Mismatch,
): Promise<void> {
  if (!digest) return
  const hash = createHash(digest.algorithm)
  for await (const chunk of openChunks(path)) hash.update(chunk)
  const hex = hash.digest('hex')
  if (hex.startsWith(digest.hex)) return
  await remove?.()
  const { algorithm } = digest
  throw new DataError('is not the file that was published', {
    where: from,
    expected: `${algorithm} ${digest.hex}`,
    got: hex.slice(0, digest.hex.length),
    hint,
  })
}
