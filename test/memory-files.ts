import type { RunFiles } from '../src/train/run-files.ts'

/** The folder of a run in memory. `beforeWrite` may throw, as a disk or a kill would, in place of the n-th write (from 1). */
export function memoryFiles(beforeWrite: (name: string, nth: number) => void = () => {}) {
  const content = new Map<string, Uint8Array>()
  const bytes = (data: Uint8Array | string) =>
    typeof data === 'string' ? new TextEncoder().encode(data) : data.slice()
  let writes = 0
  const files: RunFiles = {
    read: async (name) => content.get(name),
    write: async (name, data) => {
      beforeWrite(name, ++writes)
      content.set(name, bytes(data))
    },
    append: async (name, text) => {
      beforeWrite(name, ++writes)
      content.set(name, Uint8Array.from([...(content.get(name) ?? []), ...bytes(text)]))
    },
    clear: async (folder, except) => {
      for (const name of [...content.keys()]) {
        const isKept = except !== undefined && name.startsWith(`${folder}/${except}/`)
        if (name.startsWith(`${folder}/`) && !isKept) content.delete(name)
      }
    },
    freeBytes: async () => undefined,
  }
  return { ...files, content }
}
