import { foldedName, isImagePath } from '../../data/file-lookup.ts'
import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import type { DataFolder } from '../format.ts'
import { folderOf, isSplitName, splitsByFolder, withoutEnding } from '../split-folders.ts'

/** What there is of one image; paths, where the file exists. */
export interface VocEntry {
  /** What all its files are named after. */
  readonly stem: string
  readonly xml?: string
  /** Map of its objects, and of their classes. */
  readonly objects?: string
  readonly classes?: string
}

export interface VocSplit {
  readonly name: string
  /** Folder of the images, with `/`; empty for the top. */
  readonly images: string
  readonly entries: readonly VocEntry[]
}

const PARTS = [
  ['xml', /^(.*\/)?Annotations\/(.+)\.xml$/i],
  ['objects', /^(.*\/)?SegmentationObject\/(.+)\.png$/i],
  ['classes', /^(.*\/)?SegmentationClass\/(.+)\.png$/i],
] as const

const IMAGES = /^(JPEGImages|PNGImages|images?|imgs?)$/i

interface VocPart {
  readonly kind: 'xml' | 'objects' | 'classes'
  /** What stands before its folder, with `/`. */
  readonly root: string
  readonly stem: string
}

function partOf(path: string): VocPart | undefined {
  for (const [kind, pattern] of PARTS) {
    const [, root = '', stem] = pattern.exec(path) ?? []
    if (stem !== undefined) return { kind, root, stem }
  }
  return undefined
}

export function isVocPath(path: string): boolean {
  return partOf(path) !== undefined
}

/**
 * The images of a data set by split: as its ImageSets say (those of segmentation first), or by folder (`train/`, `val/`).
 * Without a folder Annotations, XML files lie beside their images. Throws `DataError` where there are none or several
 * data sets.
 */
export async function readVocLayout(source: DataFolder, losses: Losses): Promise<VocSplit[]> {
  const files = await source.list()
  const roots = [...new Set(files.flatMap((path) => partOf(path)?.root ?? []))]
  if (roots.length === 0) return flatSplits(source, files, losses)
  for (const path of files) {
    if (isXml(path) && !isVocPath(path)) losses.add('XML files outside of Annotations left out', path)
  }
  if (roots.length === 1) return setsOf(source, files, roots[0], losses)
  const names = roots.map((root) => root.slice(0, -1))
  if (!names.every(isSplitName)) {
    throw new DataError('folder holds several data sets', {
      where: source.name,
      got: names.map((name) => name || 'the folder itself').join(', '),
      hint: 'Name one of them',
    })
  }
  return roots.map((root, i) => {
    const entries = [...entriesOf(files, root, losses).values()]
    return { name: names[i], images: imageFolder(files, root), entries }
  })
}

function isXml(path: string): boolean {
  return path.toLowerCase().endsWith('.xml')
}

function flatSplits(source: DataFolder, files: readonly string[], losses: Losses): VocSplit[] {
  const annotations = files.filter(isXml)
  if (annotations.length === 0) {
    throw new DataError('folder has no annotations of Pascal VOC', {
      where: source.name,
      expected: 'Annotations/*.xml, SegmentationObject/*.png or XML files beside the images',
    })
  }
  const images = imagesByStem(files.filter(isImagePath), '')
  tellUnlabelled(images, new Set(annotations.map((path) => foldedName(withoutEnding(path)))), losses)
  return [...splitsByFolder(annotations)].map(([name, paths]) => {
    const folder = name === '' ? '' : `${name}/`
    const entries = paths.map((path) => {
      const stem = withoutEnding(path)
      return { stem, xml: folder + path }
    })
    return { name, images: folder, entries }
  })
}

/** `JPEGImages/`, `images/` or alike where there is one, else the folder itself. */
function imageFolder(files: readonly string[], root: string): string {
  const below = files.filter((path) => path.startsWith(root)).map((path) => path.slice(root.length))
  const folder = below.find((path) => IMAGES.test(path.slice(0, Math.max(0, path.indexOf('/')))))
  return folder === undefined ? root : `${root}${folder.slice(0, folder.indexOf('/') + 1)}`
}

/** Images below a folder by their names without endings, in whatever letters. */
function imagesByStem(images: readonly string[], folder: string): Map<string, string> {
  return new Map(images.map((path) => [foldedName(withoutEnding(path.slice(folder.length))), path]))
}

function tellUnlabelled(
  images: ReadonlyMap<string, string>,
  labelled: ReadonlySet<string>,
  losses: Losses,
): void {
  for (const [stem, path] of images) {
    if (!labelled.has(stem)) losses.add('images without annotations left out', path)
  }
}

function entriesOf(files: readonly string[], root: string, losses: Losses): Map<string, VocEntry> {
  const folder = imageFolder(files, root)
  const images = imagesByStem(
    files.filter((path) => path.startsWith(folder) && isImagePath(path) && !isVocPath(path)),
    folder,
  )
  const entries = new Map<string, VocEntry>()
  for (const path of files) {
    const part = partOf(path)
    if (!part || part.root !== root) continue
    const entry = entries.get(part.stem) ?? { stem: part.stem }
    entries.set(part.stem, { ...entry, [part.kind]: path })
  }
  for (const [stem, { xml, objects, classes = '' }] of entries) {
    if (xml || objects) continue
    entries.delete(stem)
    losses.add('maps of classes left out that have no map of objects', classes)
  }
  tellUnlabelled(images, new Set([...entries.keys()].map(foldedName)), losses)
  return entries
}

async function setsOf(
  source: DataFolder,
  files: readonly string[],
  root: string,
  losses: Losses,
): Promise<VocSplit[]> {
  const entries = entriesOf(files, root, losses)
  const images = imageFolder(files, root)
  const hasMasks = [...entries.values()].some(({ objects }) => objects !== undefined)
  const lists = setFiles(files, root, hasMasks)
  if (lists.length === 0) return [{ name: '', images, entries: [...entries.values()] }]
  const used = new Set<string>()
  const splits: VocSplit[] = []
  for (const path of lists) {
    const lines = (await source.readText(path)).split(/\r?\n/)
    // A number may follow the name, as in lists of a class.
    const stems = lines.map((line) =>
      entries.has(line) ? line : entries.has(line.trim()) ? line.trim() : line.trim().split(/\s+/)[0],
    )
    const own = [...new Set(stems)].flatMap((stem) => {
      const entry = entries.get(stem)
      if (entry) used.add(stem)
      else if (stem !== '') losses.add(`images of ${path} without annotations left out`, stem)
      return entry ? [entry] : []
    })
    const name = withoutEnding(path.slice(folderOf(path).length))
    splits.push({
      name: lists.length === 1 && !/^(train|val|test)\d*$/.test(name) ? '' : name,
      images,
      entries: own,
    })
  }
  for (const stem of entries.keys()) {
    if (!used.has(stem)) losses.add(`images that no list in ${folderOf(lists[0])} names left out`, stem)
  }
  return splits
}

/** Lists of the splits: not those of a class (`cat_train.txt`), and not the union `trainval` beside its parts. */
function setFiles(files: readonly string[], root: string, hasMasks: boolean): string[] {
  const kinds = hasMasks ? ['Segmentation/', 'Main/', ''] : ['Main/', 'Segmentation/', '']
  for (const kind of kinds) {
    const folder = `${root}ImageSets/${kind}`
    const names = files
      .filter((path) => path.startsWith(folder) && /^[^/]+\.txt$/.test(path.slice(folder.length)))
      .map((path) => path.slice(folder.length, -'.txt'.length))
    const parts = names.filter((name) => isSplitName(name) && name !== 'trainval')
    if (parts.length > 0) return parts.map((name) => `${folder}${name}.txt`)
    if (names.includes('trainval')) return [`${folder}trainval.txt`]
    if (names.length === 1) return [`${folder}${names[0]}.txt`]
  }
  return []
}
