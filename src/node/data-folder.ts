/** Folders of data sets on disk. */
import { constants } from 'node:fs'
import { access, copyFile, lstat, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { DataError } from '../errors.ts'
import type { DataFolder, DataTarget } from '../formats/format.ts'
import { normalisedPath } from '../formats/split-folders.ts'
import { loadImageSize } from './decode-image.ts'
import type { FileTransaction } from './file-transaction.ts'
import { loadFile, loadText, makeFolder, openChunks, writeFileAtomic } from './files.ts'
import { fileFinder } from './image-folder.ts'
import { decodeLabelTiff } from './label-tiff.ts'
import { regularSize } from './regular-file.ts'
import { reasonOf } from './system-reasons.ts'
import { replaceFile } from './temporary-files.ts'

/** A folder to read from. Links inside it are followed. Throws `DataError` where it cannot be listed. */
export function dataFolder(folder: string): DataFolder {
  let files: Promise<readonly string[]> | undefined
  const at = (path: string) => join(folder, path)
  return {
    name: folder,
    list: () => {
      files ??= listFiles(folder)
      return files
    },
    exists: (path) =>
      access(at(path)).then(
        () => true,
        () => false,
      ),
    find: fileFinder(folder),
    readText: (path) => loadText(at(path)),
    readBytes: (path) => loadFile(at(path)),
    openChunks: (path) => openChunks(at(path)),
    imageSize: (path) => loadImageSize(at(path)),
    decodeTiff: decodeLabelTiff,
  }
}

/** What becomes of files that lie where others are to be written. */
export interface WritingOptions {
  /** They are replaced; by default `DataError` is thrown. */
  readonly replace?: boolean
  /** Where all files are to take their places together; by default each does when it is complete. */
  readonly files?: FileTransaction
}

/** A folder to write to; it is made with the first file. What it wrote itself it may write again. */
export function dataTarget(folder: string, { replace = false, files }: WritingOptions = {}): DataTarget {
  const place = placeIn(folder, files)
  const options = { flush: false, put: files?.put }
  const written = new Set<string>()
  const vacant = async (path: string) => {
    const to = await place(path)
    const isTaken = !replace && !written.has(to) && (files?.placeOf(to) !== undefined || (await isThere(to)))
    if (isTaken) throw taken(to)
    written.add(to)
    return to
  }
  return {
    name: folder,
    writeText: async (path, content) => writeFileAtomic(await vacant(path), content, options),
    writeBytes: async (path, bytes) => writeFileAtomic(await vacant(path), bytes, options),
  }
}

/** Copies files into a folder, sharing their blocks where the file system can. A file that is there may have equal bytes. */
export function copyFilesInto(
  folder: string,
  { replace = false, files }: WritingOptions = {},
): (from: string, path: string) => Promise<void> {
  const place = placeIn(folder, files)
  const put = files?.put ?? replaceFile
  return async (from, path) => {
    const to = await place(path)
    if (resolve(from) === resolve(to)) return
    const there = files?.placeOf(to) ?? to
    if (!replace && (await isThere(there))) {
      if (await haveEqualBytes(from, there)) return
      throw taken(to)
    }
    await regularSize(from)
    try {
      await put(to, (temporary) => copyFile(from, temporary, constants.COPYFILE_FICLONE))
    } catch (cause) {
      throw new DataError(`cannot copy the file: ${reasonOf(cause)}`, { where: from, got: to }, { cause })
    }
  }
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

async function haveEqualBytes(a: string, b: string): Promise<boolean> {
  const sizes = await Promise.all([a, b].map((path) => stat(path).catch(() => undefined)))
  if (!sizes.every((found) => found?.isFile()) || sizes[0]?.size !== sizes[1]?.size) return false
  return Buffer.compare(await loadFile(a), await loadFile(b)) === 0
}

function taken(path: string): DataError {
  return new DataError('file is there already', {
    where: path,
    expected: 'no file of that name',
    hint: 'Choose another target, or replace files (--force)',
  })
}

/** Whether nothing lies at a path, or a folder without entries. */
export async function isVacant(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return true
  return found.isDirectory() && (await readdir(path)).length === 0
}

/** Where a path of the folder is on disk, its folder made. Throws `DataError` for one that leaves the folder. */
function placeIn(folder: string, files?: FileTransaction): (path: string) => Promise<string> {
  const made = new Set<string>()
  return async (path) => {
    const inside = normalisedPath(path)
    if (inside === undefined || inside === '' || inside.includes('\0')) {
      throw new DataError('name leaves the folder that is written to', {
        where: folder,
        expected: 'a path below the folder',
        got: JSON.stringify(path),
        hint: 'Correct the file name in the source',
      })
    }
    const to = join(folder, inside)
    const parent = dirname(to)
    if (!made.has(parent)) {
      await (files?.makeFolder ?? makeFolder)(parent)
      made.add(parent)
    }
    return to
  }
}

/** Links to folders are followed, but not into a folder that they are in. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const files: string[] = []
  const visit = async (path: string, real: string, links: readonly string[]): Promise<void> => {
    const at = join(folder, path)
    const entries = await readdir(at, { withFileTypes: true }).catch((cause) => {
      throw new DataError(`cannot list the folder: ${reasonOf(cause)}`, { where: at }, { cause })
    })
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue
      const inside = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isFile()) files.push(inside)
      else if (entry.isDirectory()) await visit(inside, join(real, entry.name), links)
      else if (entry.isSymbolicLink()) {
        const to = await realpath(join(folder, inside)).catch(() => undefined)
        const found = to === undefined ? undefined : await stat(to)
        if (found?.isFile()) files.push(inside)
        if (to === undefined || !found?.isDirectory()) continue
        const isAround = links.includes(to) || `${real}${sep}`.startsWith(`${to}${sep}`)
        if (!isAround) await visit(inside, to, [...links, to])
      }
    }
  }
  await visit('', await realpath(folder).catch(() => folder), [])
  return files.sort()
}
