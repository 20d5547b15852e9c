import { parse } from 'yaml'
import { DataError } from '../../../errors.ts'
import { isImagePath } from '../../file-lookup.ts'
import type { DataFolder, ReadOptions } from '../format.ts'
import { describe, type JsonObject, objectAt } from '../json-fields.ts'
import { placeOf } from '../json-file.ts'
import type { Losses } from '../losses.ts'
import { folderOf, isSplitName, normalisedPath, withoutEnding } from '../split-folders.ts'

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

const KEYS = ['train', 'val', 'test']
const CLASS_FILE = /(^|\/)(classes\.txt|obj\.names)$/

/** The file that names the classes: a YAML file or a list of names, the one nearest to the top. */
export function classFile(files: readonly string[], entry?: string): string | undefined {
  if (entry !== undefined) return entry
  const depth = (path: string) => path.split('/').length
  const yaml = files.filter((path) => /^[^/]*\.ya?ml$/i.test(path))
  return (
    yaml.find((path) => /^data\.ya?ml$/i.test(path)) ??
    yaml[0] ??
    files.filter((path) => CLASS_FILE.test(path)).toSorted((a, b) => depth(a) - depth(b))[0]
  )
}

/** Label file of an image: in `labels` where the image is in `images` (the last of that name), else beside it. */
export function labelPathOf(image: string): string {
  const parts = withoutEnding(image).split('/')
  const at = parts.lastIndexOf('images', parts.length - 2)
  if (at >= 0) parts[at] = 'labels'
  return `${parts.join('/')}.txt`
}

/** Classes, splits, and which label belongs to which image. Throws `DataError` where a file that is needed is missing. */
export async function readYoloLayout(source: DataFolder, options: ReadOptions): Promise<YoloLayout> {
  const files = await source.list()
  const classesAt = classFile(files, options.entry)
  if (classesAt === undefined) {
    throw new DataError('classes have no names', {
      where: source.name,
      expected: 'data.yaml with "names", or classes.txt with one name a line',
    })
  }
  const isYaml = /\.ya?ml$/i.test(classesAt)
  const place = placeOf(source, classesAt)
  const yaml = isYaml ? parseYaml(await source.readText(classesAt), place) : undefined
  const classes = yaml ? classNames(yaml, place) : classLines(await source.readText(classesAt))
  if (options.images) {
    return { classes, splits: await splitsOfLabels(source, files, options.images, options.losses) }
  }
  const images = files.filter(isImagePath)
  const listed = yaml ? await splitsOfYaml(source, yaml, folderOf(classesAt), files, place) : undefined
  const labels = new Set(files.filter((path) => path.toLowerCase().endsWith('.txt')))
  const used = new Set<string>()
  const splits = (listed ?? splitsOfFolders(images)).map(({ name, images: folder, paths }) => {
    const entries = paths.map((image) => {
      const label = labelPathOf(image)
      if (!labels.has(label)) return { image }
      used.add(label)
      return { image, label }
    })
    return { name, images: folder, entries }
  })
  const folders = splits.map(({ images: folder }) =>
    folderOf(labelPathOf(folder === '' ? 'x' : `${folder}/x`)),
  )
  for (const label of labelFiles(files)) {
    const isOfSplit = !listed || folders.some((folder) => label.startsWith(folder))
    if (isOfSplit && !used.has(label)) throw missingImage(placeOf(source, label), source.name)
  }
  return { classes, splits }
}

interface ListedSplit {
  readonly name: string
  readonly images: string
  readonly paths: readonly string[]
}

function parseYaml(text: string, where: string): JsonObject {
  let document: unknown
  try {
    // Every scalar is the text that stands there: a class may be called 007, yes or 12:30.
    document = parse(text, { logLevel: 'error', schema: 'failsafe' })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new DataError(`file is not YAML: ${reason}`, { where }, { cause })
  }
  const file = objectAt(document, where)
  if (file.kpt_shape === undefined) return file
  throw new DataError('labels are poses, not outlines', {
    where,
    got: `kpt_shape ${describe(file.kpt_shape)}`,
    expected: 'a data set for detection or segmentation',
  })
}

/** `names` is a list, or a map from index to name. */
function classNames({ names }: JsonObject, where: string): string[] {
  if (Array.isArray(names) && names.length > 0) return names.map(String)
  if (typeof names === 'object' && names !== null && !Array.isArray(names)) {
    const list: string[] = []
    for (const [key, name] of Object.entries(names)) {
      if (!/^\d{1,5}$/.test(key)) {
        throw new DataError('"names" is wrong', {
          where,
          expected: 'class indices from 0',
          got: describe(key),
        })
      }
      list[Number(key)] = String(name)
    }
    if (list.length > 0) return Array.from(list, (name, i) => name ?? `class ${i}`)
  }
  throw new DataError(`"names" is ${names === undefined ? 'missing' : 'wrong'}`, {
    where,
    expected: 'the names of the classes, a list or a map from index to name',
    got: describe(names),
  })
}

function classLines(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  while (lines.at(-1) === '') lines.pop()
  return lines
}

/** The splits of `train`, `val` and `test`: folders, or text files that list images; one alone where all are the same. */
async function splitsOfYaml(
  source: DataFolder,
  yaml: JsonObject,
  base: string,
  files: readonly string[],
  where: string,
): Promise<ListedSplit[] | undefined> {
  const folders = new Map<string, ListedSplit>()
  for (const key of Object.keys(yaml).filter((name) => KEYS.includes(name) || isSplitName(name))) {
    for (const value of [yaml[key]].flat()) {
      if (value === null || value === '') continue
      const at = located(String(value), typeof yaml.path === 'string' ? yaml.path : '', base, files)
      if (at === undefined) {
        throw new DataError(`"${key}" is not in the folder`, {
          where,
          expected: 'a folder of images, or a file that lists them',
          got: describe(value),
          hint: `Remove "${key}", or pass --images where the images are elsewhere`,
        })
      }
      if (folders.has(at)) continue
      const isList = files.includes(at)
      const prefix = at === '' ? '' : `${at}/`
      const paths = isList
        ? await listedImages(source, at, files)
        : files.filter((path) => path.startsWith(prefix) && isImagePath(path))
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

function folderSplit(folder: string, key: string): string {
  return folder.split('/').findLast(isSplitName) ?? key
}

/** A path of the YAML file inside the folder; written for another machine, its end counts. Undefined where there is none. */
function located(value: string, root: string, base: string, files: readonly string[]): string | undefined {
  const clean = value.replaceAll('\\', '/')
  const candidates = [
    `${base}${root}/${clean}`,
    `${base}${clean}`,
    `${base}${clean.replace(/^(\.\.\/)+/, '')}`,
  ]
  const parts = clean.split('/').filter((part) => part !== '')
  for (let from = 1; from < parts.length; from++) candidates.push(parts.slice(from).join('/'))
  for (const candidate of candidates) {
    const path = normalisedPath(candidate)
    if (path === undefined) continue
    if (path === '' || files.some((file) => file === path || file.startsWith(`${path}/`))) return path
  }
  return undefined
}

async function listedImages(source: DataFolder, list: string, files: readonly string[]): Promise<string[]> {
  const known = new Set(files)
  const lines = (await source.readText(list)).split(/\r?\n/).map((line) => line.trim())
  return lines.flatMap((line, i) => {
    if (line === '') return []
    const path = located(line, '', folderOf(list), files)
    if (path !== undefined && known.has(path)) return [path]
    throw new DataError('image is not in the folder', {
      where: `${placeOf(source, list)}: line ${i + 1}`,
      got: describe(line),
    })
  })
}

/** Images by split where nothing names the splits: below folders `images`, where there are such. */
function splitsOfFolders(images: readonly string[]): ListedSplit[] {
  const inImages = images.filter((path) => folderOf(path).split('/').includes('images'))
  const folders = new Map<string, string[]>()
  for (const path of inImages.length > 0 ? inImages : images) {
    const parts = folderOf(path).split('/')
    const at = parts.lastIndexOf('images') + 1
    const folder = parts.slice(0, isSplitName(parts[at] ?? '') ? at + 1 : at).join('/')
    const paths = folders.get(folder)
    if (paths) paths.push(path)
    else folders.set(folder, [path])
  }
  return [...folders].map(([folder, paths]) => ({
    name: folder.split('/').findLast(isSplitName) ?? (folders.size === 1 ? '' : folder.replaceAll('/', '-')),
    images: folder,
    paths,
  }))
}

/** Label files of the folder: below folders `labels`, where there are such. */
function labelFiles(files: readonly string[]): string[] {
  const labels = files.filter((path) => path.toLowerCase().endsWith('.txt') && !CLASS_FILE.test(path))
  return labels.filter((path) => folderOf(path).split('/').includes('labels'))
}

/**
 * Splits of label files whose images lie in another folder, found there by name. Images without labels are background of
 * the split whose folder they lie in; those of none of the splits are counted as lost.
 */
async function splitsOfLabels(
  source: DataFolder,
  files: readonly string[],
  pictures: DataFolder,
  losses: Losses,
): Promise<YoloSplit[]> {
  const byStem = new Map<string, string[]>()
  for (const path of (await pictures.list()).filter(isImagePath)) {
    const alike = byStem.get(withoutEnding(path))
    if (alike) alike.push(path)
    else byStem.set(withoutEnding(path), [path])
  }
  const inLabels = labelFiles(files)
  const labels =
    inLabels.length > 0 ? inLabels : files.filter((path) => path.endsWith('.txt') && !CLASS_FILE.test(path))
  const splits = new Map<string, { image: string; label?: string }[]>()
  const labelled = new Set<readonly string[]>()
  for (const label of labels) {
    const parts = withoutEnding(label).split('/')
    const at = parts.indexOf('labels')
    if (at >= 0) parts.splice(at, 1)
    const name = parts.slice(0, -1).find(isSplitName) ?? ''
    const rest = parts.filter((part, i) => part !== name || i === parts.length - 1).join('/')
    const places = [parts.join('/'), rest, `images/${parts.join('/')}`, `images/${rest}`]
    const images = places.map((place) => byStem.get(place)).find((paths) => paths !== undefined)
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
