/** What is not stored yet, kept in the browser: a page that is closed or killed at once has it again when it is opened. */

/** Of the labels that are kept in a file. Nothing where the browser keeps nothing. */
export function unsavedOf<Key, Value>(labelsFile: string): readonly (readonly [Key, Value])[] {
  try {
    return JSON.parse(localStorage.getItem(nameOf(labelsFile)) ?? '[]')
  } catch {
    return []
  }
}

export function keepUnsaved<Key, Value>(labelsFile: string, waiting: ReadonlyMap<Key, Value>): void {
  try {
    if (waiting.size === 0) localStorage.removeItem(nameOf(labelsFile))
    else localStorage.setItem(nameOf(labelsFile), JSON.stringify([...waiting]))
  } catch {
    // A browser that keeps nothing, or is full, still stores at the server.
  }
}

function nameOf(labelsFile: string): string {
  return `unsaved ${labelsFile}`
}
