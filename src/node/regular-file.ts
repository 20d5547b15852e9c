/** Files of a known size are read; pipes and devices, which may never end or never begin, are refused by their kind. */
import type { Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { DataError } from '../errors.ts'
import { FOLDER, reasonOf } from './system-reasons.ts'

/** What one array may hold on every platform. */
const MAX_BYTES = 2 ** 31

/**
 * Size of a file in bytes, links followed. Throws `DataError` naming path and reason for what cannot be read: a folder, a
 * pipe, a device, a socket, or nothing at all.
 */
export async function regularSize(path: string): Promise<number> {
  const found = await stat(path).catch((cause) => {
    throw new DataError(`cannot read the file: ${reasonOf(cause)}`, { where: path }, { cause })
  })
  if (found.isFile()) return found.size
  const hint = found.isDirectory() ? undefined : 'Write its content to a file first'
  throw new DataError(`cannot read the file: ${kindOf(found)}`, { where: path, hint })
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return FOLDER
  if (found.isFIFO()) return 'it is a pipe'
  if (found.isSocket()) return 'it is a socket'
  return 'it is a device'
}

/** The bytes of a file, no more than it had when reading began. Throws `DataError` as `regularSize` does. */
export async function loadFile(path: string): Promise<Uint8Array> {
  const size = await regularSize(path)
  if (size > MAX_BYTES) {
    throw new DataError('cannot read the file: it is larger than 2 GiB', {
      where: path,
      got: `${size} bytes`,
    })
  }
  return readAt(path, 0, size)
}

/** Bytes of a file from a place on, fewer at its end. Throws `DataError` as `regularSize` does. */
export async function loadPart(path: string, offset: number, length: number): Promise<Uint8Array> {
  const left = (await regularSize(path)) - offset
  return readAt(path, offset, Math.max(0, Math.min(length, left)))
}

async function readAt(path: string, offset: number, length: number): Promise<Uint8Array> {
  try {
    const file = await open(path)
    try {
      const bytes = new Uint8Array(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return bytes.subarray(0, done)
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new DataError(`cannot read the file: ${reasonOf(cause)}`, { where: path }, { cause })
  }
}
