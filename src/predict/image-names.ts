import { foldedName } from '../data/file-lookup.ts'
import { lastPart, withoutEnding } from '../formats/split-folders.ts'

/** Names of files about all images together, and what is added to a name for a second file about an image. */
const RESERVED = ['classes', 'measurements', 'predictions', 'predictions-coco']
export const LABELS_SUFFIX = '-labels'

/** Bytes of a name: file systems take 255 with its ending, a number and what stands before it while it is written. */
const LONGEST_NAME = 200

/**
 * A name for what is written about each image, in every format: its file name without the ending. Where two images would
 * share one, or an image would take one that files about all images have, a number is added, the first that is free. Names
 * that differ only in case or in how accents are coded count as shared, since some file systems hold them for one. Characters
 * and names that not every file system takes are replaced, and long names are cut.
 */
export function imageNames(files: readonly string[]): string[] {
  const taken = new Set(RESERVED)
  return files.map((file) => {
    const stem = portable(withoutEnding(imageFileName(file)))
    for (let number = 1; ; number++) {
      const name = number === 1 ? stem : `${stem}-${number}`
      const own = [name, name + LABELS_SUFFIX].map(foldedName)
      if (own.some((text) => taken.has(text))) continue
      for (const text of own) taken.add(text)
      return name
    }
  })
}

/** Last part of a path or URL; of standard input a word. */
export function imageFileName(file: string): string {
  if (file === '-') return 'stdin'
  if (!/^[a-z]+:\/\//i.test(file)) return lastPart(file)
  const path = file.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/, '')
  return lastPart(decoded(path)) || 'image'
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function portable(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const plain = name.replace(/[\u0000-\u001f\u007f<>:"|?*\\/]/g, '_').replace(/[. ]+$/, '')
  const own = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `_${plain}` : plain
  return cut(own || 'image', LONGEST_NAME)
}

/** As many whole characters as fit into a number of bytes. */
function cut(text: string, bytes: number): string {
  const encoder = new TextEncoder()
  let left = bytes
  let end = 0
  for (const character of text) {
    left -= encoder.encode(character).length
    if (left < 0) break
    end += character.length
  }
  return text.slice(0, end)
}
