import { access, readdir, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { appendText, loadFile, makeFolder, writeFileAtomic } from './files.ts'

/** Files of a folder by names relative to it; a name may hold folders. */
export interface RunFolder {
  readonly path: string
  /** The whole content; undefined where there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Writes the file whole or not at all, making folders as needed. */
  write(name: string, content: Uint8Array | string): Promise<void>
  append(name: string, text: string): Promise<void>
  /** Removes what is in a folder below, but for the entry `except`, and the folder with the last of it. */
  clear(folder: string, except?: string): Promise<void>
  /** Bytes that the disk has room for; undefined where that is not known. */
  freeBytes(): Promise<number | undefined>
}

/** The folder of a training run; nothing is made before the first file is written. Failures are `DataError`s. */
export function openRunFolder(path: string): RunFolder {
  const exists = (name: string) =>
    access(join(path, name)).then(
      () => true,
      () => false,
    )
  return {
    path,
    read: async (name) => ((await exists(name)) ? loadFile(join(path, name)) : undefined),
    write: async (name, content) => {
      const file = join(path, name)
      await makeFolder(dirname(file))
      await writeFileAtomic(file, content)
    },
    append: (name, text) => appendText(join(path, name), text),
    clear: async (folder, except) => {
      const place = join(path, folder)
      if (except === undefined) return rm(place, { recursive: true, force: true })
      const entries = await readdir(place).catch(() => [])
      const others = entries.filter((entry) => entry !== except)
      await Promise.all(others.map((entry) => rm(join(place, entry), { recursive: true, force: true })))
    },
    freeBytes: async () => {
      const disk = await statfs(path).catch(() => undefined)
      return disk && disk.bavail * disk.bsize
    },
  }
}
