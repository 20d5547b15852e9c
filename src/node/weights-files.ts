import { open, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataError } from '../errors.ts'
import { requireKnownOptions } from '../names/known-options.ts'
import { type ByteSource, givenSource, memorySource, type SourceFolder } from '../weights/byte-source.ts'
import {
  OPEN_OPTIONS,
  type OpenWeightsOptions,
  readWeights,
  readWeightsFolder,
} from '../weights/read-weights.ts'
import type { WeightsFile } from '../weights/weights-file.ts'
import { loadUrl } from './load-url.ts'
import { regularSize } from './regular-file.ts'
import { reasonOf } from './system-reasons.ts'

/**
 * Opens weights: by the path or `file:` URL of a file, an index of shards or a folder as model hubs have it; what lies behind another
 * URL, downloaded as a whole; the bytes of a file, or a `Blob`. See `readWeights`. Close it when its tensors have been read. Throws
 * `DataError` for what cannot be opened, `WeightError` for what cannot be read.
 */
export async function openWeights(
  weights: string | URL | Uint8Array | Blob,
  options: OpenWeightsOptions = {},
): Promise<WeightsFile> {
  requireKnownOptions('openWeights', options, OPEN_OPTIONS)
  if (weights instanceof Uint8Array || weights instanceof Blob) {
    return readWeights(givenSource(weights), options)
  }
  const place = String(weights)
  if (/^https?:\/\//.test(place)) return readWeights(memorySource(place, await loadUrl(place)), options)
  const path = place.startsWith('file://') ? fileURLToPath(place) : place
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return readWeightsFolder(folderOf(path), options)
  return readWeights(await openSource(path), { ...options, folder: folderOf(dirname(path)) })
}

function folderOf(path: string): SourceFolder {
  return {
    name: path,
    open: async (name) => {
      const file = join(path, basename(name))
      return (await stat(file).catch(() => undefined)) ? openSource(file) : undefined
    },
  }
}

async function openSource(path: string): Promise<ByteSource> {
  const size = await regularSize(path)
  const failed = (cause: unknown) =>
    new DataError(`cannot read the file: ${reasonOf(cause)}`, { where: path }, { cause })
  const file = await open(path).catch((cause) => {
    throw failed(cause)
  })
  let closed: Promise<void> | undefined
  return {
    name: path,
    size,
    read: async (offset, length) => {
      const bytes = new Uint8Array(length)
      let done = 0
      try {
        while (done < length) {
          const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
          if (bytesRead === 0) break
          done += bytesRead
        }
      } catch (cause) {
        throw failed(cause)
      }
      return bytes.subarray(0, done)
    },
    close: () => {
      closed ??= file.close()
      return closed
    },
  }
}
