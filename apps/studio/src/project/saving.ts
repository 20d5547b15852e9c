/** Keeps what is edited: what was changed last is stored, again and again until it is. */

export interface Saving<Key, Value> {
  /** Stores the newest value of a key; older ones that were not stored yet are passed over. */
  save(key: Key, value: Value): void
  /** Whether something is not stored yet. */
  readonly isBehind: boolean
}

export interface SavingOptions<Key, Value> {
  /** Told the newest value of a key before it is sent; undefined once it is stored. */
  readonly onWaiting: (key: Key, value: Value | undefined) => void
  readonly store: (key: Key, value: Value) => Promise<void>
  /** Told after each change of what is behind; with what went wrong, where something did. */
  readonly onState: (isBehind: boolean, problem?: string) => void
  /** Resolves when it is worth to try again. */
  readonly pause: () => Promise<void>
}

export function keptSaving<Key, Value>(options: SavingOptions<Key, Value>): Saving<Key, Value> {
  const { store, onState, onWaiting, pause } = options
  const waiting = new Map<Key, Value>()
  let isRunning = false

  const run = async () => {
    if (isRunning) return
    isRunning = true
    for (let next = first(waiting); next; next = first(waiting)) {
      const [key, value] = next
      try {
        await store(key, value)
        // It may have changed meanwhile.
        if (waiting.get(key) === value) {
          waiting.delete(key)
          onWaiting(key, undefined)
        }
        onState(waiting.size > 0)
      } catch (error) {
        // Others are not to wait for it.
        if (waiting.get(key) === value) {
          waiting.delete(key)
          waiting.set(key, value)
        }
        onState(true, (error as Error).message)
        await pause()
      }
    }
    isRunning = false
  }

  return {
    save: (key, value) => {
      waiting.delete(key)
      waiting.set(key, value)
      onWaiting(key, value)
      onState(true)
      void run()
    },
    get isBehind() {
      return waiting.size > 0
    },
  }
}

function first<Key, Value>(entries: ReadonlyMap<Key, Value>): [Key, Value] | undefined {
  return entries.entries().next().value
}
