import sharp from 'sharp'
import { findFile } from '../src/data/file-lookup.ts'
import { DataError } from '../src/errors.ts'
import type { DataFolder, DataTarget } from '../src/formats/format.ts'
import { decodeLabelTiff } from '../src/node/label-tiff.ts'

/** A folder in memory, to write a data set to and read it back: the contract of folders on disk without a disk. */
export class MemoryFolder implements DataFolder, DataTarget {
  readonly name = 'memory'
  readonly files: Map<string, Uint8Array>
  readonly decodeTiff = decodeLabelTiff

  constructor(files: Readonly<Record<string, Uint8Array | string>> = {}) {
    const bytes = (content: Uint8Array | string) =>
      typeof content === 'string' ? new TextEncoder().encode(content) : content
    this.files = new Map(Object.entries(files).map(([path, content]) => [path, bytes(content)]))
  }

  async list() {
    return [...this.files.keys()].sort()
  }

  async exists(path: string) {
    return this.files.has(path)
  }

  async find(name: string) {
    const paths = await this.list()
    return findFile(name, async (folder) => {
      const prefix = folder === '' ? '' : `${folder}/`
      const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
      return [...new Set(below.map((path) => path.split('/')[0]))]
    })
  }

  async readBytes(path: string) {
    const bytes = this.files.get(path)
    if (!bytes) throw new DataError('cannot read the file: it does not exist', { where: `memory/${path}` })
    return bytes
  }

  async readText(path: string) {
    const bytes = await this.readBytes(path)
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch (cause) {
      throw new DataError('file is not UTF-8 text', { where: `memory/${path}` }, { cause })
    }
  }

  async *openChunks(path: string) {
    yield await this.readBytes(path)
  }

  async imageSize(path: string) {
    const bytes = await this.readBytes(path)
    try {
      return (await sharp(bytes).metadata()).autoOrient
    } catch (cause) {
      throw new DataError('file is not an image of a known format', { where: `memory/${path}` }, { cause })
    }
  }

  async writeText(path: string, content: string | Iterable<string>) {
    await this.writeBytes(path, new TextEncoder().encode([...content].join('')))
  }

  async writeBytes(path: string, bytes: Uint8Array) {
    this.files.set(path, bytes)
  }
}
