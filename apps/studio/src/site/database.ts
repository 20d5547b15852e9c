/**
 * What the browser keeps for the page: one IndexedDB for each address that the page is served from. It is taken, and not the
 * private file system, since a change of several records is in it wholly or not at all, also when the browser is killed; since
 * it holds files as they are; and since every browser writes to it from a page.
 */
import { answered, openedDatabase } from '../project/asked-database.ts'
import { TEXTS } from '../texts.ts'

/** `photos` and `models` give their entries ids of their own, in `id`. */
export type StoreName = 'photos' | 'objects' | 'facts' | 'folders' | 'models' | 'runs'
const NUMBERED: readonly StoreName[] = ['photos', 'models']
const KEYED: readonly StoreName[] = ['objects', 'facts', 'folders', 'runs']
/** Of 1 there were no `runs`. */
const VERSION = 2

export interface Database {
  get<T>(store: StoreName, key: IDBValidKey): Promise<T | undefined>
  all<T>(store: StoreName): Promise<T[]>
  keys(store: StoreName): Promise<IDBValidKey[]>
  /** Everything that `change` asks for, on disk, or nothing. Resolves with what it returned. */
  write<T>(stores: readonly StoreName[], change: (storeOf: StoreOf) => T): Promise<T>
}

type StoreOf = (name: StoreName) => IDBObjectStore

/**
 * Throws an `Error`, in words, where the browser keeps nothing for the page. So does all that it offers where there is no room.
 * @param page its address, which a worker has another of
 */
export async function openDatabase(page = location.href): Promise<Database> {
  const database = await opened(page).catch(() => {
    throw new Error(TEXTS.keepsNothing)
  })
  // Another page wants a newer form of it.
  database.onversionchange = () => database.close()
  const read = <T>(store: StoreName, ask: (store: IDBObjectStore) => IDBRequest<T>) =>
    answered(ask(database.transaction(store).objectStore(store)))
  return {
    get: (store, key) => read(store, (one) => one.get(key)),
    all: (store) => read(store, (one) => one.getAll()),
    keys: (store) => read(store, (one) => one.getAllKeys()),
    write: (stores, change) =>
      new Promise((resolve, reject) => {
        const transaction = database.transaction(stores, 'readwrite', { durability: 'strict' })
        const made = change((name) => transaction.objectStore(name))
        transaction.oncomplete = () => resolve(made)
        transaction.onabort = () => void inWords(transaction.error).then(reject)
      }),
  }
}

function opened(page: string): Promise<IDBDatabase> {
  const name = `maskwright studio ${new URL('.', page).pathname}`
  return openedDatabase(name, VERSION, (database) => {
    const isNew = (store: StoreName) => !database.objectStoreNames.contains(store)
    for (const store of NUMBERED.filter(isNew))
      database.createObjectStore(store, { keyPath: 'id', autoIncrement: true })
    for (const store of KEYED.filter(isNew)) database.createObjectStore(store)
  })
}

async function inWords(error: DOMException | null): Promise<Error> {
  if (error?.name !== 'QuotaExceededError') return error ?? new Error(TEXTS.keepsNothing)
  const { usage = 0, quota = 0 } = await navigator.storage.estimate()
  return new Error(TEXTS.noRoom(megabytes(usage), megabytes(quota)))
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
