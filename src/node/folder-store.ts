import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ObjectStore } from '../batch/object-store.ts'
import { DataError } from '../errors.ts'
import { makeFolder, writeFileAtomic } from './files.ts'
import { loadFile } from './regular-file.ts'
import { codeOf, reasonOf } from './system-reasons.ts'

/** Objects as files of a folder, which several processes and machines may share. */
export function folderStore(folder: string): ObjectStore {
  const placeOf = (key: string) => join(folder, key)
  const made = new Set<string>()
  return {
    placeOf,
    list: async (prefix) => {
      const names = await readdir(placeOf(prefix)).catch((cause) => {
        if (codeOf(cause) === 'ENOENT') return []
        const where = placeOf(prefix)
        throw new DataError(`cannot read the folder: ${reasonOf(cause)}`, { where }, { cause })
      })
      return names.map((name) => `${prefix}${name}`)
    },
    read: async (key) => {
      try {
        return await loadFile(placeOf(key))
      } catch (error) {
        if (error instanceof DataError && codeOf(error.cause) === 'ENOENT') return undefined
        throw error
      }
    },
    put: async (key, content) => {
      const parent = dirname(placeOf(key))
      if (!made.has(parent)) await makeFolder(parent)
      made.add(parent)
      await writeFileAtomic(placeOf(key), content)
    },
    remove: async (key) => {
      await rm(placeOf(key), { force: true }).catch((cause) => {
        const where = placeOf(key)
        throw new DataError(`cannot remove the file: ${reasonOf(cause)}`, { where }, { cause })
      })
    },
  }
}
