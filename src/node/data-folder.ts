/** Folders of data sets on disk. */
import { constants } from 'node:fs'
import { access, copyFile, lstat, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import type { DataFolder, DataTarget } from '../data/formats/format.ts'
import { normalisedPath } from '../data/formats/split-folders.ts'
import { DataError } from '../errors.ts'
import { loadImageSize } from './decode-image.ts'
import { loadFile, loadText, makeFolder, openChunks, reasonOf, writeFileAtomic } from './files.ts'
import { decodeLabelTiff } from './label-tiff.ts'

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
    readText: (path) => loadText(at(path)),
    readBytes: (path) => loadFile(at(path)),
    openChunks: (path) => openChunks(at(path)),
    imageSize: (path) => loadImageSize(at(path)),
    decodeTiff: decodeLabelTiff,
  }
}

/** A folder to write to; it is made with the first file. */
export function dataTarget(folder: string): DataTarget {
  const place = placeIn(folder)
  return {
    name: folder,
    writeText: async (path, content) => writeFileAtomic(await place(path), content, { flush: false }),
    writeBytes: async (path, bytes) => writeFileAtomic(await place(path), bytes, { flush: false }),
  }
}

/** Copies files into a folder, sharing their blocks where the file system can; a file of that name is replaced. */
export function copyFilesInto(folder: string): (from: string, path: string) => Promise<void> {
  const place = placeIn(folder)
  return async (from, path) => {
    const to = await place(path)
    if (resolve(from) === resolve(to)) return
    const temporary = `${to}.${process.pid}.tmp`
    try {
      await copyFile(from, temporary, constants.COPYFILE_FICLONE)
      await rename(temporary, to)
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined)
      throw new DataError(`cannot copy the file: ${reasonOf(cause)}`, { where: from, got: to }, { cause })
    }
  }
}

/** Whether nothing lies at a path, or a folder without entries. */
export async function isVacant(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return true
  return found.isDirectory() && (await readdir(path)).length === 0
}

/** Where a path of the folder is on disk, its folder made. Throws `DataError` for one that leaves the folder. */
function placeIn(folder: string): (path: string) => Promise<string> {
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
      await makeFolder(parent)
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
