import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { findFile } from '../data/file-lookup.ts'
import type { ReadingOptions } from '../data/image-reading.ts'
import type { DecodedImage } from '../data/picture.ts'
import { decodeImage } from './decode-image.ts'
import { loadFile } from './regular-file.ts'

/** Decodes images by their names in a folder; errors name the whole path. */
export function readImageIn(
  folder: string,
  reading?: ReadingOptions,
): (fileName: string) => Promise<DecodedImage> {
  const pathOf = imagePathIn(folder)
  return async (fileName) => decodeImage(await pathOf(fileName), reading)
}

/** Reads files by their names in a folder; errors name the whole path. */
export function readFileIn(folder: string): (fileName: string) => Promise<Uint8Array> {
  const pathOf = imagePathIn(folder)
  return async (fileName) => loadFile(await pathOf(fileName))
}

/** Whether a file of that name is in the folder, as `findFile` looks for it. */
export function existsIn(folder: string): (fileName: string) => Promise<boolean> {
  const find = fileFinder(folder)
  return async (fileName) => (await find(fileName)) !== undefined
}

/** Path of the file that a name in labels means, the folder's included; of one that is missing as it would be. */
export function imagePathIn(folder: string): (fileName: string) => Promise<string> {
  const find = fileFinder(folder)
  return async (fileName) => join(folder, (await find(fileName)) ?? fileName)
}

/** `findFile` in a folder on disk, which is listed only for names that are not there as they are written. */
export function fileFinder(folder: string): (name: string) => Promise<string | undefined> {
  const listed = new Map<string, Promise<readonly string[]>>()
  const entriesOf = (path: string) => {
    const entries = listed.get(path) ?? readdir(join(folder, path)).catch(() => [])
    listed.set(path, entries)
    return entries
  }
  return async (name) => {
    if (await isThere(join(folder, name))) return name
    return findFile(name, entriesOf)
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
