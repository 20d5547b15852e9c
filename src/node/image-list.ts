import { readdir, stat } from 'node:fs/promises'
import { extname, isAbsolute, join } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { IMAGE_ENDINGS, isImagePath } from '../data/file-lookup.ts'
import { DataError } from '../errors.ts'
import { isVideoPath } from './video/video-source.ts'

/** What an input stands for. */
export interface ListedImages {
  /** Sorted by path, so the order is the same everywhere. */
  readonly images: readonly string[]
  /** How many of each kind were passed over: an ending such as `.txt`, or words. */
  readonly passedOver: ReadonlyMap<string, number>
}

export interface ListOptions {
  /** Whether images in the folders of a folder are taken as well. Default no. */
  readonly recursive?: boolean
}

export const SUBFOLDERS = 'subfolders'

/** The images of `findImages`. Throws `DataError` where there is none. */
export async function listImages(input: string, options?: ListOptions): Promise<string[]> {
  return [...(await findImages(input, options)).images]
}

/**
 * The image files that `input` stands for: the file itself, the images in a folder, or those a glob (`cells/**` and the like)
 * matches; and what was passed over there. Hidden files, such as the `._a.png` that macOS leaves beside `a.png`, do not
 * count. Throws `DataError` where there is no image.
 */
export async function findImages(
  input: string,
  { recursive = false }: ListOptions = {},
): Promise<ListedImages> {
  const found = await stat(input).catch(() => undefined)
  if (found?.isDirectory()) return imagesOfFolder(input, recursive)
  if (found) return { images: [input], passedOver: new Map() }
  if (!isDynamicPattern(input)) throw new DataError('file or folder does not exist', { where: input })
  const absolute = isAbsolute(input)
  const matches = await glob(input, { onlyFiles: true, expandDirectories: false, absolute })
  const images = matches.filter(isImagePath)
  if (images.length === 0) throw noImages('no images match', input)
  return {
    images: images.sort(),
    passedOver: counted(matches.filter((path) => !isImagePath(path)).map(kindOf)),
  }
}

async function imagesOfFolder(folder: string, recursive: boolean): Promise<ListedImages> {
  const images: string[] = []
  const passed: string[] = []
  const waiting = [folder]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      const path = join(next, entry.name)
      if (entry.name.startsWith('.')) continue
      // What a link leads to counts; one that leads nowhere, and pipes and devices, are images that cannot be read.
      const is = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry
      // Links to folders may lead in circles.
      if (is?.isDirectory() && recursive && !entry.isSymbolicLink()) waiting.push(path)
      else if (is?.isDirectory()) passed.push(SUBFOLDERS)
      else if (isImagePath(entry.name)) images.push(path)
      else passed.push(kindOf(entry.name))
    }
  }
  if (images.length === 0) {
    throw noImages('folder has no images', folder, hintFor(passed, recursive))
  }
  return { images: images.sort(), passedOver: counted(passed) }
}

function hintFor(passed: readonly string[], recursive: boolean): string | undefined {
  if (passed.includes(SUBFOLDERS) && !recursive) return '--recursive reads its subfolders'
  return passed.some(isVideoPath) ? 'Videos are given by their names' : undefined
}

function counted(kinds: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

function kindOf(path: string): string {
  return extname(path).toLowerCase() || 'without an ending'
}

function noImages(what: string, where: string, hint?: string): DataError {
  return new DataError(what, { where, expected: `files ending in ${IMAGE_ENDINGS.join(' ')}`, hint })
}
