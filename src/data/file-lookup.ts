/** Which files are images, and which file a name in labels means: one rule for readers, doctor, training and evaluation. */

/** Endings of the files taken for images, in lower case. */
export const IMAGE_ENDINGS: readonly string[] = [
  '.png',
  '.jpg',
  '.jpeg',
  '.webp',
  '.tif',
  '.tiff',
  '.gif',
  '.avif',
  '.bmp',
]

/** Whether a file is an image by its ending. */
export function isImagePath(path: string): boolean {
  const dot = path.lastIndexOf('.')
  return dot >= 0 && IMAGE_ENDINGS.includes(path.slice(dot).toLowerCase())
}

/** The same for names that differ in case or in the way accents are coded, which some file systems hold for one. */
export function foldedName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** The same for all ways to write the path of a file. */
export function fileKey(fileName: string): string {
  return fileName
    .replaceAll('\\', '/')
    .replace(/^(\.\/)+/, '')
    .replace(/\/{2,}/g, '/')
}

/**
 * The path of the file that `name` means below a folder, undefined where there is none. `\` separates folders as `/` does,
 * and `.` stands for nothing. A part that is not there as it is written means the only one that is there in other
 * letters of the same name (`A.PNG` for `a.png`).
 * @param entriesOf names of the files and folders in a folder, which is a path without `/` at its end; empty for the first
 */
export async function findFile(
  name: string,
  entriesOf: (folder: string) => Promise<readonly string[]>,
): Promise<string | undefined> {
  let path = ''
  const parts = name
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
  for (const part of parts) {
    const found = part === '..' ? part : sameName(part, await entriesOf(path))
    if (found === undefined) return undefined
    path = path === '' ? found : `${path}/${found}`
  }
  return path === '' ? undefined : path
}

function sameName(name: string, entries: readonly string[]): string | undefined {
  if (entries.includes(name)) return name
  const alike = entries.filter((entry) => foldedName(entry) === foldedName(name))
  return alike.length === 1 ? alike[0] : undefined
}
