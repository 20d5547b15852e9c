/** What is not stored yet, kept in the browser: a page that is closed or killed at once has it again when it is opened. */

/** What was to be stored, and prints of the states that it followed, from the one that was stored on. */
export type Left<Key, Value> = readonly [key: Key, value: Value, follows: readonly string[]]

/** Of the labels that are kept in a file. Nothing where the browser keeps nothing. */
export function unsavedOf<Key, Value>(labelsFile: string): readonly Left<Key, Value>[] {
  try {
    const left: Left<Key, Value>[] = JSON.parse(localStorage.getItem(nameOf(labelsFile)) ?? '[]')
    return left.filter(({ length }) => length === 3)
  } catch {
    return []
  }
}

export function keepUnsaved<Key, Value>(
  labelsFile: string,
  waiting: ReadonlyMap<Key, Value>,
  followsOf: (key: Key) => readonly string[] = () => [],
): void {
  try {
    const left = [...waiting].map(([key, value]): Left<Key, Value> => [key, value, followsOf(key)])
    if (left.length === 0) localStorage.removeItem(nameOf(labelsFile))
    else localStorage.setItem(nameOf(labelsFile), JSON.stringify(left))
  } catch {
    // A browser that keeps nothing, or is full, still stores at the server.
  }
}

function nameOf(labelsFile: string): string {
  return `unsaved ${labelsFile}`
}
