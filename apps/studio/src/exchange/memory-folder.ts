/** Folders that lie in memory: files that were chosen, or are about to be saved. */
import { findFile } from '../../../../src/data/file-lookup.ts'
import { DataError } from '../../../../src/errors.ts'
import type { DataFolder, DataTarget } from '../../../../src/formats/format.ts'
import type { Size } from '../../../../src/geometry/boxes.ts'

export type Files = ReadonlyMap<string, Uint8Array>

/** @param sizeOf of an image by its path; undefined where it is none of the photos. */
export function memoryFolder(
  name: string,
  files: Files,
  sizeOf: (path: string) => Size | undefined,
): DataFolder {
  const paths = [...files.keys()].filter((path) => !/(^|\/)\./.test(path)).sort()
  const known = new Set(paths)
  const readBytes = async (path: string) => {
    const bytes = files.get(path)
    if (!bytes) throw new DataError('cannot read the file: it does not exist', { where: `${name}/${path}` })
    return bytes
  }
  return {
    name,
    readBytes,
    list: async () => paths,
    exists: async (path) => known.has(path) || paths.some((other) => other.startsWith(`${path}/`)),
    find: (wanted) => findFile(wanted, async (folder) => entriesOf(paths, folder)),
    readText: async (path) => {
      const bytes = await readBytes(path)
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
      } catch (cause) {
        throw new DataError('file is not UTF-8 text', { where: `${name}/${path}` }, { cause })
      }
    },
    async *openChunks(path) {
      yield await readBytes(path)
    },
    imageSize: async (path) => {
      const size = sizeOf(path)
      if (size) return size
      throw new DataError('image is none of the photos', { where: `${name}/${path}` })
    },
    decodeTiff: async (_, where) => {
      throw new DataError('labels in TIFF files are not read in the page', {
        where,
        hint: 'Read them with "maskwright data convert --to coco" and give the studio that file as --labels',
      })
    },
  }
}

/** Keeps what is written. */
export function memoryTarget(name: string): DataTarget & { readonly files: Files } {
  const files = new Map<string, Uint8Array>()
  return {
    ...{ name, files },
    writeText: async (path, content) => {
      const text = typeof content === 'string' ? content : [...content].join('')
      files.set(path, new TextEncoder().encode(text))
    },
    writeBytes: async (path, bytes) => {
      files.set(path, bytes)
    },
  }
}

function entriesOf(paths: readonly string[], folder: string): string[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
  return [...new Set(below.map((path) => path.split('/')[0]))]
}
