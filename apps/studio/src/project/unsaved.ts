/** What is not stored yet, kept in the browser: a page that is closed, or killed with its browser, has it again when it is opened. */
import { answered, openedDatabase } from './asked-database.ts'
import { keepText, keptText } from './kept-text.ts'

/** What was to be stored, and prints of the states that it followed, from the one that was stored on. */
export type Left<Key, Value> = readonly [key: Key, value: Value, follows: readonly string[]]

export interface Unsaved<Key, Value> {
  /** Of pages that ended before it was stored. */
  readonly left: readonly Left<Key, Value>[]
  /** In place of what was kept of this key. */
  keep(left: Left<Key, Value>): void
  forget(key: Key): void
  /** Forgets all: what it is of is removed. */
  clear(): Promise<void>
}

const STORE = 'left'

/** Of the labels that are kept in a file. Keeps nothing where the browser keeps nothing: labels are still stored where they belong. */
export async function openUnsaved<Key extends IDBValidKey, Value>(
  labelsFile: string,
): Promise<Unsaved<Key, Value>> {
  type Entry = Left<Key, Value>
  const ofFile = IDBKeyRange.bound([labelsFile], [labelsFile, []])
  const database = await openedDatabase('maskwright unsaved', 1, (made) => {
    made.createObjectStore(STORE)
  }).catch(() => undefined)
  // Another page wants a newer form of it.
  if (database) database.onversionchange = () => database.close()
  const read = () => database?.transaction(STORE).objectStore(STORE).getAll(ofFile) as IDBRequest<Entry[]>
  const kept = database ? await answered(read()).catch((): Entry[] => []) : []
  const change = async (ask: (store: IDBObjectStore) => IDBRequest) => {
    if (!database) return
    try {
      // Not flushed: it is with the system, and so outlives the browser, within milliseconds, where flushes would make a queue.
      const transaction = database.transaction(STORE, 'readwrite', { durability: 'relaxed' })
      const request = ask(transaction.objectStore(STORE))
      transaction.commit()
      await answered(request)
    } catch {}
  }
  const put = (entry: Entry) => change((store) => store.put(entry, [labelsFile, entry[0]]))

  // What a page asks of a database as it closes may be given up, but not this.
  const name = `unsaved ${labelsFile}`
  const waiting = new Map<Key, Entry>()
  addEventListener('pagehide', () => {
    if (waiting.size > 0) keepText(name, JSON.stringify([...waiting.values()]))
  })
  addEventListener('pageshow', ({ persisted }) => persisted && keepText(name, undefined))
  const closed = parsed<Entry>(keptText(name))
  await Promise.all(closed.map(put))
  keepText(name, undefined)

  return {
    left: [...new Map([...kept, ...closed].map((entry) => [entry[0], entry])).values()],
    keep: (entry) => {
      waiting.set(entry[0], entry)
      void put(entry)
    },
    forget: (key) => {
      waiting.delete(key)
      void change((store) => store.delete([labelsFile, key]))
    },
    clear: () => {
      waiting.clear()
      return change((store) => store.delete(ofFile))
    },
  }
}

function parsed<Entry extends Left<unknown, unknown>>(text = '[]'): readonly Entry[] {
  try {
    return (JSON.parse(text) as Entry[]).filter(({ length }) => length === 3)
  } catch {
    return []
  }
}
