/** A training as the browser keeps it: the files of its run, and a record of what it came to. One for each project. */
import type { RunFiles } from '../../../../src/train/run-files.ts'
import type { Database } from '../site/database.ts'
import type { LearningRecord } from './learning-messages.ts'

export interface StoredRun {
  readonly files: RunFiles
  /** Of the files that are there, without reading them. */
  names(): Promise<ReadonlySet<string>>
  record(): Promise<LearningRecord | undefined>
  keepRecord(record: LearningRecord): Promise<void>
  /** Removes all files and the record. */
  remove(): Promise<void>
}

const RECORD = 'record'

export function storedRun(database: Database, project: string): StoredRun {
  const key = (name: string) => [project, name]
  const put = (name: string, content: unknown) =>
    database.write(['runs'], (storeOf) => {
      storeOf('runs').put(content, key(name))
    })
  const names = async () => {
    const keys = (await database.keys('runs')) as readonly (readonly string[])[]
    return new Set(keys.filter(([of]) => of === project).map(([, name]) => name))
  }
  const clear = async (isOver: (name: string) => boolean) => {
    const over = [...(await names())].filter(isOver)
    await database.write(['runs'], (storeOf) => {
      for (const name of over) storeOf('runs').delete(key(name))
    })
  }
  return {
    names,
    files: {
      read: (name) => database.get<Uint8Array>('runs', key(name)),
      write: (name, content) => put(name, bytesOf(content)),
      append: (name, text) =>
        database.write(['runs'], (storeOf) => {
          const store = storeOf('runs')
          const asked = store.get(key(name))
          asked.onsuccess = () => {
            const before = new TextDecoder().decode(asked.result ?? new Uint8Array())
            store.put(bytesOf(before + text), key(name))
          }
        }),
      clear: (folder, except) =>
        clear((name) => name.startsWith(`${folder}/`) && !(except && name.startsWith(`${folder}/${except}`))),
      freeBytes: async () => {
        const { usage = 0, quota } = await navigator.storage.estimate()
        return quota === undefined ? undefined : quota - usage
      },
    },
    record: () => database.get<LearningRecord>('runs', key(RECORD)),
    keepRecord: (record) => put(RECORD, record),
    remove: () => clear(() => true),
  }
}

/** Without what else lies in the same memory, which would be stored as well. */
function bytesOf(content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
}
