import { type FileHandle, open, rename } from 'node:fs/promises'
import { DataError } from '../errors.ts'
import { reasonOf } from './system-reasons.ts'
import { holdTemporary, releaseTemporary, removeTemporary } from './temporary-files.ts'

/** A file of text that takes shape over time under a temporary name. */
export interface TextFile {
  /** Throws `DataError` where that fails. */
  write(text: string): Promise<void>
  /** Puts the file in its place, or where `path` says. Throws `DataError` where that fails. */
  finish(path?: string): Promise<void>
  /** Leaves no file. */
  discard(): Promise<void>
}

/** Opens a file that is written whole or not at all; throws `DataError` where that is impossible. */
export async function openTextFile(path: string): Promise<TextFile> {
  const told = (place: string) => (cause: unknown) => {
    throw new DataError(`cannot write the file: ${reasonOf(cause)}`, { where: place }, { cause })
  }
  const temporary = await holdTemporary(path)
  const file: FileHandle = await open(temporary, 'wx').catch(told(path))
  return {
    write: async (text) => {
      await file.appendFile(text).catch(told(path))
    },
    async finish(place = path) {
      await file.sync().catch(told(place))
      await file.close()
      await rename(temporary, place).catch(told(place))
      releaseTemporary(temporary)
    },
    async discard() {
      await file.close().catch(() => {})
      await removeTemporary(temporary)
    },
  }
}
