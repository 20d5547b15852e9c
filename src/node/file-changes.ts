/** Whether a file has become another, told by looking: systems tell of changes in ways of their own, network drives in none. */
import { stat } from 'node:fs/promises'

export interface FileChanges {
  /** Whether it is another than at first, or than when this last said so, and has not changed since the look before. */
  look(): Promise<boolean>
}

/** Notes what lies there now. `find` gives the path; where that is undefined, or nothing lies there, nothing has changed yet. */
export async function fileChanges(find: () => string | undefined): Promise<FileChanges> {
  let [told, seen] = Array(2).fill(await stateOf(find()))
  return {
    look: async () => {
      const state = await stateOf(find())
      const isSettled = state === seen
      seen = state
      if (!isSettled || state === undefined || state === told) return false
      told = state
      return true
    },
  }
}

/** Where it lies, and what changes with its content: links are followed, so that one that leads elsewhere counts. */
async function stateOf(path: string | undefined): Promise<string | undefined> {
  const found = path === undefined ? undefined : await stat(path).catch(() => undefined)
  if (!found?.isFile()) return undefined
  const { dev, ino, size, mtimeMs, ctimeMs } = found
  return [path, dev, ino, size, mtimeMs, ctimeMs].join(' ')
}
