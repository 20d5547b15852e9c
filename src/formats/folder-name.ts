/** Characters that some file system forbids in names, and the one that escapes them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: file systems forbid them
const UNPORTABLE = /[\u0000-\u001f/\\:*?"<>|%]|^\.|[. ]$/g

/** A text as the name of a folder: what some file system forbids is written as %XX. Inverse: `decodeFolderName`. */
export function encodeFolderName(text: string): string {
  return text.replace(
    UNPORTABLE,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** The text of a folder's name; a name with a `%` that escapes nothing stands for itself. */
export function decodeFolderName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
