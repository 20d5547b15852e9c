import { foldedName } from '../data/file-lookup.ts'
import { DataError } from '../errors.ts'

/** Names that tell a folder of a split from any other folder. */
const SPLIT_NAME = /^(train|training|trainval|val|valid|validation|test|testing)\d*$/i

export function isSplitName(name: string): boolean {
  return SPLIT_NAME.test(name)
}

/** What stands before the paths of a split where each has a folder of its name: `train/`, or nothing. */
export function splitPrefix(name: string): string {
  return name === '' ? '' : `${name}/`
}

/**
 * Files by split, without the folder of the split: by their first folder where that is `train`, `val`, `test` or the
 * like for all of them, else all under the empty name.
 */
export function splitsByFolder(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const first = files.map((file) => file.slice(0, Math.max(0, file.indexOf('/'))))
  if (files.length === 0 || !first.every(isSplitName)) return new Map([['', files]])
  const splits = new Map<string, string[]>()
  for (const [i, file] of files.entries()) {
    const rest = file.slice(first[i].length + 1)
    const split = splits.get(first[i])
    if (split) split.push(rest)
    else splits.set(first[i], [rest])
  }
  return splits
}

/** `a/b` of `a/b.c`; dots in folders and at the start of a name stay. */
export function withoutEnding(path: string): string {
  const dot = path.lastIndexOf('.')
  return dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path
}

/** Last part of a path, whichever way its folders are separated. */
export function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

/** The folder part of a path with its last `/`; empty where there is none. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** The path with `.` and `..` worked out, `/` for `\`; undefined where it leaves the folder it is in. */
export function normalisedPath(path: string): string | undefined {
  const parts: string[] = []
  const text = path.replaceAll('\\', '/')
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text)) return undefined
  for (const part of text.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined
    } else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/**
 * Names, distinct also where case and the coding of accents do not count, for files about images: the image's path without its ending, with
 * a number where another image has that.
 */
export function stemsOf(fileNames: readonly string[], reserved: readonly string[] = []): string[] {
  const taken = new Set(reserved.map(foldedName))
  /** First number that may be free, by stem: many equal names must not be counted through again each time. */
  const free = new Map<string, number>()
  return fileNames.map((fileName) => {
    const stem = withoutEnding(fileName)
    const key = foldedName(stem)
    let name = stem
    let number = free.get(key) ?? 2
    for (; taken.has(foldedName(name)); number++) name = `${stem}-${number}`
    free.set(key, number)
    taken.add(foldedName(name))
    return name
  })
}

/**
 * The name of an image as a path below the folder of the images, with `/`: what files about it are named after and where it is
 * put. Throws `DataError` where there is none, where it leads out of that folder, for line breaks and other control characters, and for hidden files, which are passed over
 * when a folder is read.
 */
export function namedImage(fileName: string): string {
  const name = fileName === '' ? '' : normalisedPath(fileName)
  const hint = 'Correct the file name in the source'
  if (name === '') {
    throw new DataError('image has no file name', {
      expected: 'a name for every image: the files of this format are named after them',
      hint: 'Give the images file names in the source',
    })
  }
  if (name !== undefined && /\p{Cc}/u.test(name)) {
    throw new DataError('file name has a control character', {
      where: fileName,
      expected: 'a name that can be written on one line',
      hint,
    })
  }
  if (name === undefined) {
    const expected = 'a path below that folder'
    throw new DataError('file name leaves the folder of the images', { where: fileName, expected, hint })
  }
  if (!name.split('/').some((part) => part.startsWith('.'))) return name
  throw new DataError('file name is that of a hidden file', {
    where: fileName,
    expected: 'a name that does not begin with a dot: hidden files are passed over when a folder is read',
    hint,
  })
}
