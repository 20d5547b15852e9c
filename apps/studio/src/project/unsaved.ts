/** What is not stored yet, kept in the browser: a page that is closed or killed at once has it again when it is opened. */

import { keepText, keptText } from './kept-text.ts'

/** What was to be stored, and prints of the states that it followed, from the one that was stored on. */
export type Left<Key, Value> = readonly [key: Key, value: Value, follows: readonly string[]]

/** Of the labels that are kept in a file. Nothing where the browser keeps nothing. */
export function unsavedOf<Key, Value>(labelsFile: string): readonly Left<Key, Value>[] {
  try {
    const left: Left<Key, Value>[] = JSON.parse(keptText(nameOf(labelsFile)) ?? '[]')
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
  const left = [...waiting].map(([key, value]): Left<Key, Value> => [key, value, followsOf(key)])
  // Where the browser is full or keeps nothing, labels are still stored where they belong.
  keepText(nameOf(labelsFile), left.length === 0 ? undefined : JSON.stringify(left))
}

function nameOf(labelsFile: string): string {
  return `unsaved ${labelsFile}`
}
