import { createReadStream } from 'node:fs'
import { appendFile, mkdir, open, realpath, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { DataError, MaskwrightError } from '../errors.ts'
import { loadFile, regularSize } from './regular-file.ts'
import { codeOf, FOLDER, reasonOf } from './system-reasons.ts'
import { replaceFile, temporaryName } from './temporary-files.ts'

export { isUrl, loadUrl } from './load-url.ts'
export { loadFile, loadPart } from './regular-file.ts'

const CHUNK_BYTES = 1 << 20

/**
 * Writes a file whole or not at all: to a temporary name in the same folder, flushed, then renamed over `path`.
 * Where anything fails the temporary file is removed, the previous file stays as it was, and a `DataError` names
 * path and reason. Text may come in pieces, so that it never has to be held whole. Without `flush` a power cut may leave a
 * file empty: for many small files that can be made again. `put` is that of a `FileTransaction` where the file is to take its
 * place with others. A link stays one, what it leads to is replaced; devices and pipes
 * are written to.
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string | Iterable<string>,
  { flush = true, put = replaceFile }: { readonly flush?: boolean; readonly put?: typeof replaceFile } = {},
): Promise<void> {
  const { target, isStream } = await destination(path)
  const write = async (place: string) => {
    const file = await open(place, isStream ? 'w' : 'wx')
    try {
      if (typeof content === 'string' || content instanceof Uint8Array) await file.writeFile(content)
      else for (const part of joined(content)) await file.writeFile(part)
      if (flush && !isStream) await file.sync()
    } finally {
      await file.close()
    }
  }
  try {
    await (isStream ? write(target) : put(target, write))
  } catch (cause) {
    if (cause instanceof MaskwrightError) throw cause
    throw cannotWrite(path, cause)
  }
}

/** Throws what `writeFileAtomic` would, before there is anything to write: no long work is to be done in vain. */
export async function checkWritable(path: string): Promise<void> {
  const { target, isStream } = await destination(path)
  if (isStream) return
  const probe = temporaryName(target)
  try {
    await (await open(probe, 'wx')).close()
    await rm(probe)
  } catch (cause) {
    throw cannotWrite(path, cause)
  }
  const existing = await stat(path).catch(() => undefined)
  if (existing?.isDirectory()) throw new DataError(`cannot write the file: ${FOLDER}`, { where: path })
}

/** What a path leads to, and whether that is a device or a pipe, where nothing is replaced. */
async function destination(path: string): Promise<{ readonly target: string; readonly isStream: boolean }> {
  const target = await realpath(path).catch(() => path)
  const existing = await stat(target).catch(() => undefined)
  return { target, isStream: existing !== undefined && !existing.isFile() && !existing.isDirectory() }
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
    await makeOne(path)
  } catch (cause) {
    const parent = dirname(path)
    if (codeOf(cause) !== 'ENOENT' || parent === path) throw cause
    await makeWithParents(parent)
    await makeOne(path)
  }
}

/** Others may make it at the same time. */
async function makeOne(path: string): Promise<void> {
  await mkdir(path).catch(async (cause) => {
    if (!(await stat(path).catch(() => undefined))?.isDirectory()) throw cause
  })
}

/** The bytes of a file in pieces, for those too large to be held. Throws `DataError` as `loadFile` does. */
export async function* openChunks(path: string): AsyncGenerator<Uint8Array> {
  const size = await regularSize(path)
  if (size === 0) return
  try {
    const options = { highWaterMark: CHUNK_BYTES, end: size - 1 }
    yield* createReadStream(path, options) as AsyncIterable<Uint8Array>
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

/** Adds text to the end of a file, which is made where there is none. Throws `DataError` naming path and reason. */
export async function appendText(path: string, text: string): Promise<void> {
  try {
    await appendFile(path, text)
  } catch (error) {
    throw new DataError('cannot be written to', { where: path, got: reasonOf(error) }, { cause: error })
  }
}
