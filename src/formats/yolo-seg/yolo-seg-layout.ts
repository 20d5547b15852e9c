import { foldedName, isImagePath } from '../../data/file-lookup.ts'
import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import type { DataFolder, ReadOptions } from '../format.ts'
import { describe, type JsonObject } from '../json-fields.ts'
import { placeOf } from '../json-file.ts'
import { folderOf, isSplitName, normalisedPath, withoutEnding } from '../split-folders.ts'
import { classFile, readClasses } from './yolo-classes.ts'
import {
  isImageFolder,
  isInLabels,
  isLabelFolder,
  LabelFiles,
  labelPathOf,
  PathIndex,
} from './yolo-labels.ts'

/** Images of a split and the label files that belong to them. */
export interface YoloSplit {
  readonly name: string
  /** Folder that file names are relative to, without `/` at its end. */
  readonly images: string
  /** Paths of images, and of the label files that are there. */
  readonly entries: readonly { readonly image: string; readonly label?: string }[]
}

export interface YoloLayout {
  /** By class index. */
  readonly classes: readonly string[]
  readonly splits: readonly YoloSplit[]
}

/**
 * Classes, splits, and which label belongs to which image. Every label file belongs to an image, is counted as lost, or is
 * refused: throws `DataError` where a file that is needed is missing.
 */
export async function readYoloLayout(source: DataFolder, options: ReadOptions): Promise<YoloLayout> {
  const files = await source.list()
  const classesAt = await classFile(source, options.entry)
  if (classesAt === undefined) {
    throw new DataError('classes have no names', {
      where: source.name,
      expected: 'data.yaml with "names", or classes.txt with one name a line',
    })
  }
  const { classes, yaml } = await readClasses(source, classesAt, options.losses)
  const labels = new LabelFiles(source, files)
  if (options.images) {
    const splits = await splitsOfLabels(source, labels, options.images, options.losses)
    noteShared(splits, options.losses)
    return { classes, splits }
  }
  const listed = yaml && (await splitsOfYaml(source, yaml, classesAt, labels, options.losses))
  const splits = (listed ?? splitsOfFolders(files.filter(isImagePath), labels, options.losses)).map(
    ({ name, images, paths }) => ({
      name,
      images,
      entries: paths.map((image) => ({ image, label: labels.of(image) })),
    }),
  )
  const folders = splits.map(({ images }) => folderOf(labelPathOf(images === '' ? 'x' : `${images}/x`)))
  const pictured = new Set(files.filter(isImagePath).map((image) => foldedName(labelPathOf(image))))
  for (const label of await labels.left()) {
    const isAlone = isInLabels(label) && !pictured.has(foldedName(label))
    const isOfSplit = isAlone && (!listed || folders.some((folder) => label.startsWith(folder)))
    if (isOfSplit) throw missingImage(placeOf(source, label), source.name)
    options.losses.add('label files left out that belong to no image of a split', label)
  }
  noteShared(splits, options.losses)
  return { classes, splits }
}

/** As Ultralytics does, images whose names differ in their endings alone have the same labels. */
function noteShared(splits: readonly YoloSplit[], losses: Losses): void {
  for (const { entries } of splits) {
    const firsts = new Map<string, string>()
    for (const { image, label } of entries) {
      if (label === undefined) continue
      const first = firsts.get(label)
      if (first === undefined) firsts.set(label, image)
      else losses.note('images that have the labels of another, which count twice', `${image}: ${first}`)
    }
  }
}

interface ListedSplit {
  readonly name: string
  readonly images: string
  readonly paths: readonly string[]
}

/** Keys of a YAML file that name no images, whatever they say. */
const NO_SPLITS = ['path', 'names', 'nc', 'download']
const NEEDED = ['train', 'val']

/** The splits of `train`, `val` and others: folders, or text files that list images; one alone where all are the same. */
async function splitsOfYaml(
  source: DataFolder,
  yaml: JsonObject,
  yamlPath: string,
  labels: LabelFiles,
  losses: Losses,
): Promise<ListedSplit[] | undefined> {
  const files = await source.list()
  const places = new Places(files)
  const root = typeof yaml.path === 'string' ? yaml.path : ''
  const folders = new Map<string, ListedSplit>()
  for (const [key, values] of Object.entries(yaml)) {
    if (NO_SPLITS.includes(key)) continue
    for (const value of [values].flat()) {
      if (typeof value !== 'string' || ['', '~', 'null', 'Null', 'NULL'].includes(value)) continue
      const at = places.locate(value, root, folderOf(yamlPath))
      if (at === undefined) {
        missingSplit(key, value, placeOf(source, yamlPath), losses)
        continue
      }
      const known = folders.get(at)
      if (known) {
        // A folder has the name of its own key rather than that of another.
        if (!isSplitName(key)) folders.set(at, { ...known, name: key })
        continue
      }
      const isList = files.includes(at)
      const prefix = at === '' ? '' : `${at}/`
      const paths = isList
        ? await listedImages(source, at, places, losses)
        : files.filter((path) => path.startsWith(prefix) && isImagePath(path))
      if (isList) labels.use(at)
      folders.set(at, { name: isList ? key : folderSplit(at, key), images: isList ? '' : at, paths })
    }
  }
  const splits = [...folders.values()]
  if (splits.length === 0) return undefined
  if (splits.length === 1 && 'val' in yaml && !splits[0].images.split('/').some(isSplitName)) {
    return [{ ...splits[0], name: '' }]
  }
  return splits.map((split, i) =>
    splits.findIndex(({ name }) => name === split.name) === i
      ? split
      : { ...split, name: `${split.name}-${i + 1}` },
  )
}

/** Training needs `train` and `val`; others may be missing, and other keys may hold anything. */
function missingSplit(key: string, value: string, where: string, losses: Losses): void {
  if (NEEDED.includes(key)) {
    throw new DataError(`"${key}" is not in the folder`, {
      where,
      expected: 'a folder of images, or a file that lists them',
      got: describe(value),
      hint: `Remove "${key}", or pass --images where the images are elsewhere`,
    })
  }
  if (isSplitName(key))
    losses.note('splits passed over whose folder is missing', `${where}: ${key}: ${value}`)
}

function folderSplit(folder: string, key: string): string {
  return folder.split('/').findLast(isSplitName) ?? key
}

/** Where the paths of a YAML file lie in the folder. */
class Places {
  readonly #index: PathIndex

  constructor(files: readonly string[]) {
    const folders = new Set<string>()
    for (const file of files) {
      for (let folder = folderOf(file); folder !== ''; folder = folderOf(folder.slice(0, -1))) {
        if (folders.has(folder)) break
        folders.add(folder)
      }
    }
    const images = files.filter((path) => isImagePath(path) || /\.txt$/i.test(path))
    this.#index = new PathIndex([...images, ...[...folders].map((folder) => folder.slice(0, -1))])
  }

  /**
   * A file or folder by its path; of one that was written for another machine the end counts, but not without the folder that
   * names its split. Undefined where there is none.
   */
  locate(value: string, root: string, base: string): string | undefined {
    const clean = value.replaceAll('\\', '/')
    const candidates = [
      `${base}${root}/${clean}`,
      `${base}${clean}`,
      `${base}${clean.replace(/^(\.\.\/)+/, '')}`,
    ]
    const parts = clean.split('/').filter((part) => part !== '')
    for (let from = 1; from < parts.length && !isSplitName(parts[from - 1]); from++) {
      candidates.push(parts.slice(from).join('/'))
    }
    for (const candidate of candidates) {
      const path = normalisedPath(candidate)
      const found = path === '' ? '' : path && this.#index.find(path)
      if (found !== undefined) return found
    }
    return undefined
  }
}

async function listedImages(
  source: DataFolder,
  list: string,
  places: Places,
  losses: Losses,
): Promise<string[]> {
  const listed = new Set<string>()
  const lines = (await source.readText(list)).split(/\r?\n/).map((line) => line.trim())
  for (const [i, line] of lines.entries()) {
    if (line === '') continue
    const path = places.locate(line, '', folderOf(list))
    const where = `${placeOf(source, list)}: line ${i + 1}`
    if (path === undefined || !isImagePath(path)) {
      throw new DataError('image is not in the folder', { where, got: describe(line) })
    }
    if (listed.has(path)) losses.note('lines of lists passed over that name an image again', where)
    listed.add(path)
  }
  return [...listed]
}

/**
 * Images by split where nothing names the splits: below folders `images`, where there are such, and wherever else labels
 * lie with them.
 */
function splitsOfFolders(images: readonly string[], labels: LabelFiles, losses: Losses): ListedSplit[] {
  const isPlaced = (path: string) => folderOf(path).split('/').some(isImageFolder)
  const hasFolders = images.some(isPlaced)
  const folders = new Map<string, string[]>()
  for (const path of images) {
    if (hasFolders && !isPlaced(path) && labels.of(path) === undefined) {
      losses.note('images passed over that have no labels, and are in no folder "images"', path)
      continue
    }
    const parts = folderOf(path).split('/')
    const at = parts.findLastIndex(isImageFolder) + 1
    const folder = parts.slice(0, isSplitName(parts[at] ?? '') ? at + 1 : at).join('/')
    const paths = folders.get(folder)
    if (paths) paths.push(path)
    else folders.set(folder, [path])
  }
  const splits = [...folders].map(([folder, paths]) => ({
    name: folder.split('/').findLast(isSplitName) ?? '',
    images: folder,
    paths,
  }))
  const names = new Set(splits.map(({ name }) => name))
  if (names.size === splits.length) return splits
  // Folders that no split tells apart are one: names start from the top.
  return [...names].map((name) => {
    const own = splits.filter((split) => split.name === name)
    if (own.length === 1) return own[0]
    return { name, images: '', paths: own.flatMap(({ paths }) => paths).sort() }
  })
}

/**
 * Splits of label files whose images lie in another folder, found there by name. Images without labels are background of
 * the split whose folder they lie in; those of none of the splits are counted as lost.
 */
async function splitsOfLabels(
  source: DataFolder,
  labels: LabelFiles,
  pictures: DataFolder,
  losses: Losses,
): Promise<YoloSplit[]> {
  const byStem = new Map<string, string[]>()
  for (const path of (await pictures.list()).filter(isImagePath)) {
    const alike = byStem.get(withoutEnding(path))
    if (alike) alike.push(path)
    else byStem.set(withoutEnding(path), [path])
  }
  const stems = new PathIndex(byStem.keys())
  const own = labels.paths.some(isInLabels) ? await labels.left() : labels.paths
  const splits = new Map<string, { image: string; label?: string }[]>()
  const labelled = new Set<readonly string[]>()
  for (const label of own) {
    const parts = withoutEnding(label).split('/')
    const at = parts.findIndex(isLabelFolder)
    if (at >= 0) parts.splice(at, 1)
    const name = parts.slice(0, -1).find(isSplitName) ?? ''
    const rest = parts.filter((part, i) => part !== name || i === parts.length - 1).join('/')
    const places = [parts.join('/'), rest, `images/${parts.join('/')}`, `images/${rest}`]
    const images = places
      .map((place) => byStem.get(stems.find(place) ?? ''))
      .find((paths) => paths !== undefined)
    if (images === undefined) throw missingImage(placeOf(source, label), pictures.name)
    labelled.add(images)
    const entries = splits.get(name) ?? []
    splits.set(name, entries)
    for (const image of images) entries.push({ image, label })
  }
  for (const image of [...byStem.values()].filter((images) => !labelled.has(images)).flat()) {
    const entries = splits.get(folderOf(image).split('/').find(isSplitName) ?? '')
    if (entries) entries.push({ image })
    else losses.add('images without labels left out', image)
  }
  return [...splits].map(([name, entries]) => {
    return { name, images: '', entries: entries.toSorted((a, b) => (a.image < b.image ? -1 : 1)) }
  })
}

function missingImage(label: string, folder: string): DataError {
  return new DataError('image of the labels is missing', {
    where: label,
    expected: `an image of that name in ${folder}`,
    hint: 'Labels of YOLO do not hold sizes: pass --images with the folder of the images',
  })
}
