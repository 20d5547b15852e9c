import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { glob, isDynamicPattern } from 'tinyglobby'
import { IMAGE_ENDINGS, isImagePath } from '../data/file-lookup.ts'
import { DataError, MaskwrightError } from '../errors.ts'

const CHUNK_BYTES = 1 << 20

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EISDIR: 'it is a folder',
  ENOTDIR: 'part of the path is a file, not a folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than allowed',
  EMFILE: 'too many files are open',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
}

/**
 * Writes a file whole or not at all: to a temporary name in the same folder, flushed, then renamed over `path`.
 * Where anything fails the temporary file is removed, the previous file stays as it was, and a `DataError` names
 * path and reason. Text may come in pieces, so that it never has to be held whole. Without `flush` a power cut may leave a
 * file empty: for many small files that can be made again. A link stays one, what it leads to is replaced; devices and pipes
 * are written to.
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string | Iterable<string>,
  { flush = true }: { readonly flush?: boolean } = {},
): Promise<void> {
  const { target, temporary } = await destination(path)
  try {
    const file = await open(temporary ?? target, temporary ? 'wx' : 'w')
    try {
      if (typeof content === 'string' || content instanceof Uint8Array) await file.writeFile(content)
      else for (const part of joined(content)) await file.writeFile(part)
      if (flush && temporary) await file.sync()
    } finally {
      await file.close()
    }
    if (temporary) await rename(temporary, target)
  } catch (cause) {
    if (temporary) await rm(temporary, { force: true }).catch(() => undefined)
    if (cause instanceof MaskwrightError) throw cause
    throw cannotWrite(path, cause)
  }
}

/** Throws what `writeFileAtomic` would, before there is anything to write: no long work is to be done in vain. */
export async function checkWritable(path: string): Promise<void> {
  const { temporary } = await destination(path)
  if (!temporary) return
  try {
    await (await open(temporary, 'wx')).close()
    await rm(temporary)
  } catch (cause) {
    throw cannotWrite(path, cause)
  }
  const existing = await stat(path).catch(() => undefined)
  if (existing?.isDirectory())
    throw new DataError(`cannot write the file: ${REASONS.EISDIR}`, { where: path })
}

/** What a path leads to, and the name to write under first: none for a device or a pipe, where nothing is replaced. */
async function destination(path: string): Promise<{ readonly target: string; readonly temporary?: string }> {
  const target = await realpath(path).catch(() => path)
  const existing = await stat(target).catch(() => undefined)
  const isStream = existing !== undefined && !existing.isFile() && !existing.isDirectory()
  return isStream ? { target } : { target, temporary: temporaryName(target) }
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
}

function cannotWrite(path: string, cause: unknown): DataError {
  const folderMissing = codeOf(cause) === 'ENOENT'
  const reason = folderMissing ? `the folder ${dirname(path)} does not exist` : reasonOf(cause)
  return new DataError(`cannot write the file: ${reason}`, { where: path }, { cause })
}

/** Pieces of text joined to parts large enough to be worth a write. */
function* joined(pieces: Iterable<string>): Generator<string> {
  let [part, length] = [[] as string[], 0]
  for (const piece of pieces) {
    part.push(piece)
    length += piece.length
    if (length < CHUNK_BYTES) continue
    yield part.join('')
    part = []
    length = 0
  }
  yield part.join('')
}

const NO_FOLDER: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file of that name',
  ENOENT: 'the folder above takes no new entries',
}

/** Makes a folder and those above it; one that exists is fine. Throws `DataError` where that is impossible. */
export async function makeFolder(path: string): Promise<void> {
  await makeWithParents(resolve(path)).catch((cause) => {
    const reason = NO_FOLDER[codeOf(cause) ?? ''] ?? reasonOf(cause)
    throw new DataError(`cannot make the folder: ${reason}`, { where: path }, { cause })
  })
}

/** Not `mkdir` with `recursive`: Node's never ends where a folder that exists takes no entries, as in /proc. */
async function makeWithParents(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (cause) {
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return
    const parent = dirname(path)
    if (codeOf(cause) !== 'ENOENT' || parent === path) throw cause
    await makeWithParents(parent)
    await mkdir(path)
  }
}

/** The bytes of a file. Throws `DataError` naming path and reason. */
export async function loadFile(path: string): Promise<Uint8Array> {
  const content = await readFile(path).catch((cause) => {
    throw new DataError(`cannot read the file: ${reasonOf(cause)}`, { where: path }, { cause })
  })
  return new Uint8Array(content.buffer, content.byteOffset, content.length)
}

/** The first bytes of a file, at most `length`. Throws `DataError` as `loadFile` does. */
export async function loadHead(path: string, length: number): Promise<Uint8Array> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new DataError(`cannot read the file: ${reasonOf(cause)}`, { where: path }, { cause })
  }
}

/** The bytes of a file in pieces, for those too large to be held. Throws `DataError` as `loadFile` does. */
export async function* openChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw new DataError(`cannot read the file: ${reasonOf(cause)}`, { where: path }, { cause })
  }
}

/** The text of a UTF-8 file, without a byte order mark. Throws `DataError` as `loadFile` does, and for other encodings. */
export async function loadText(path: string): Promise<string> {
  const bytes = await loadFile(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    if (codeOf(cause) === 'ERR_STRING_TOO_LONG') {
      const got = `${Math.round(bytes.length / 1e6)} MB`
      throw new DataError('file is too large to be read as one text', {
        where: path,
        expected: 'up to 500 MB',
        got,
      })
    }
    throw new DataError('file is not UTF-8 text', { where: path }, { cause })
  }
}

/** The value in a JSON file. Throws `DataError` as `loadText` does, and where the text is not JSON. */
export async function loadJson(path: string): Promise<unknown> {
  const text = await loadText(path)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/\s+/g, ' ') : String(cause)
    throw new DataError(`file is not JSON: ${reason}`, { where: path }, { cause })
  }
}

/**
 * The image files that `input` stands for: the file itself, the images directly in a folder, or those a glob
 * (`cells/**` and the like) matches; sorted by path, so the order is the same everywhere. Throws `DataError` where
 * there is none.
 */
export async function listImages(input: string): Promise<string[]> {
  const found = await stat(input).catch(() => undefined)
  if (found?.isFile()) return [input]
  if (found?.isDirectory()) {
    const entries = await readdir(input, { withFileTypes: true })
    const images = entries.filter(
      (entry) => !entry.isDirectory() && !isHidden(entry.name) && isImagePath(entry.name),
    )
    if (images.length === 0) throw noImages('folder has no images', input)
    return images.map(({ name }) => join(input, name)).sort()
  }
  if (!isDynamicPattern(input)) throw new DataError('file or folder does not exist', { where: input })
  const absolute = isAbsolute(input)
  const matches = (await glob(input, { onlyFiles: true, expandDirectories: false, absolute })).filter(
    isImagePath,
  )
  if (matches.length === 0) throw noImages('no images match', input)
  return matches.sort()
}

/** Such as the `._a.png` that macOS leaves beside `a.png`; globs pass them over as well. */
function isHidden(name: string): boolean {
  return name.startsWith('.')
}

function noImages(what: string, where: string): DataError {
  return new DataError(what, { where, expected: `files ending in ${IMAGE_ENDINGS.join(' ')}` })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** Why the file system refused something, in words. */
export function reasonOf(error: unknown): string {
  return REASONS[codeOf(error) ?? ''] ?? codeOf(error) ?? String(error)
}

/** Adds text to the end of a file, which is made where there is none. Throws `DataError` naming path and reason. */
export async function appendText(path: string, text: string): Promise<void> {
  try {
    await appendFile(path, text)
  } catch (error) {
    throw new DataError('cannot be written to', { where: path, got: reasonOf(error) }, { cause: error })
  }
}

/** Whether a text is a URL that `loadUrl` reads; everything else is a path. */
export function isUrl(text: string): boolean {
  return /^(https?|file):\/\//.test(text)
}

/** The bytes behind a URL (`file:`, `http:`, `https:`). Throws `DataError` naming the URL and why it could not be read. */
export async function loadUrl(url: string | URL): Promise<Uint8Array> {
  try {
    const parsed = new URL(url)
    if (parsed.protocol === 'file:') return await loadFile(fileURLToPath(parsed))
    const response = await fetch(parsed)
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    if (error instanceof DataError) throw error
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new DataError('cannot be downloaded', { where: String(url), got: (cause as Error).message })
  }
}
