import type { Dataset } from '../../data/dataset.ts'
import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import type { DataFolder, DataFormat, DataTarget, ReadOptions, Split, WriteOptions } from '../format.ts'
import { placeOf } from '../json-file.ts'
import { hasCocoLists, isPanoptic, jsonFiles, jsonOutline, notePassedOver } from '../json-outline.ts'
import { folderOf, isSplitName, namedImage, splitPrefix, withoutEnding } from '../split-folders.ts'
import { readCoco } from './coco-stream.ts'
import { cocoText } from './coco-writer.ts'

/** Common Objects in Context: one JSON file a split. */
export const coco: DataFormat = {
  name: 'coco',
  statesSizes: true,
  about: 'COCO: a JSON file with images, annotations and categories; polygons and run-length masks',
  isFile: true,
  recognises: async (source, entry) => (await cocoFiles(source, entry)).length > 0,
  read,
  write,
}

/** Files with all lists; of one that was named, or that is cut short, some are enough: what is wrong with it is told. */
async function cocoFiles(source: DataFolder, entry?: string): Promise<string[]> {
  const found: string[] = []
  for (const path of await jsonFiles(source, entry)) {
    const outline = await jsonOutline(source, path)
    const isMeant = entry !== undefined || outline.problem !== undefined
    if (hasCocoLists(outline, isMeant ? 'some' : 'all') && !isPanoptic(outline, path)) found.push(path)
  }
  return found
}

/** Whether a folder that is of no format has a file with some of COCO's lists: what it lacks is the mistake. */
export async function resemblesCoco(source: DataFolder): Promise<boolean> {
  const outlines = (await jsonFiles(source)).map((path) => jsonOutline(source, path))
  return (await Promise.all(outlines)).some((outline) => hasCocoLists(outline, 'some'))
}

async function read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]> {
  const files = options.entry === undefined ? await cocoFiles(source) : [options.entry]
  if (files.length === 0) await refuseIncomplete(source)
  if (files.length === 0) {
    throw new DataError('folder has no COCO file', {
      where: source.name,
      expected: 'a .json file with images, annotations and categories',
    })
  }
  if (options.entry === undefined) {
    await notePassedOver(
      source,
      files,
      'annotations of COCO, with images, annotations and categories',
      options.losses,
    )
  }
  const names = splitNames(files)
  const splits: Split[] = []
  for (const [i, path] of files.entries()) {
    options.signal?.throwIfAborted()
    const dataset = await readCoco(() => source.openChunks(path), placeOf(source, path), {
      onDegenerate: options.onDegenerate ?? 'error',
      onSkipped: ({ where }) =>
        options.losses.add('annotations or polygons without area left out', where ?? ''),
      onIgnored: options.shapesAlone
        ? undefined
        : (member) => options.losses.add(`${member} left out`, placeOf(source, path)),
    })
    options.progress?.(i + 1, files.length, path)
    splits.push({ name: names[i], dataset, images: await imageFolder(source, path, names[i], dataset) })
  }
  noteSharedImages(splits, options.losses)
  return splits
}

/** Such as COCO's files of instances and of keypoints of one split. */
function noteSharedImages(splits: readonly Split[], losses: Losses): void {
  const owners = new Map<string, string>()
  for (const { name, images = '', dataset } of splits) {
    const places = dataset.images.map(({ fileName }) => `${images}/${fileName}`)
    const other = places.map((place) => owners.get(place)).find((owner) => owner !== undefined)
    if (other !== undefined) losses.note('splits that hold the same images', `${other} and ${name}`)
    for (const place of places) owners.set(place, name)
  }
}

/** Throws what is wrong with the first file that has some of the lists. */
async function refuseIncomplete(source: DataFolder): Promise<void> {
  for (const path of await jsonFiles(source)) {
    if (!hasCocoLists(await jsonOutline(source, path), 'some')) continue
    await readCoco(() => source.openChunks(path), placeOf(source, path))
  }
}

/** `train2017` of `annotations/instances_train2017.json`, `valid` of `valid/_annotations.coco.json`; empty for one alone. */
export function splitNames(files: readonly string[]): string[] {
  const names = files.map((path) => {
    const stem = withoutEnding(path.slice(folderOf(path).length)).replace(/^(instances|panoptic)_/, '')
    const parent = folderOf(path).split('/').at(-2) ?? ''
    return stem === '_annotations.coco' && parent !== '' ? parent : stem
  })
  if (files.length === 1 && !isSplitName(names[0])) return ['']
  // Names that are no name of their own become paths.
  return names.map((name, i) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : withoutEnding(files[i]).replaceAll('/', '-'),
  )
}

/** Some may be missing: one that is there tells the folder. */
const FIRST_IMAGES = 5

/** The folder the first images lie in, of those where layouts have them. */
export async function imageFolder(
  source: DataFolder,
  path: string,
  split: string,
  { images }: Dataset,
): Promise<string | undefined> {
  const beside = folderOf(path)
  // `train2017` of `person_keypoints_train2017`.
  const names = [...new Set([split, split.slice(split.lastIndexOf('_') + 1)])].map(splitPrefix)
  const places = ['', 'images/', ...names.map((name) => `images/${name}`), ...names]
  for (const { fileName } of images.slice(0, FIRST_IMAGES)) {
    if (fileName === '') continue
    for (const folder of [...places.map((place) => beside + place), ...places]) {
      if ((await source.find(folder + fileName)) !== undefined) return folder.replace(/\/$/, '')
    }
  }
  return undefined
}

async function write(splits: readonly Split[], target: DataTarget, options: WriteOptions): Promise<void> {
  for (const [i, split] of splits.entries()) {
    options.signal?.throwIfAborted()
    await target.writeText(options.entry ?? fileOf(split.name), cocoText(split.dataset))
    options.progress?.(i + 1, splits.length, split.name)
    for (const { fileName } of options.placeImage ? split.dataset.images : []) {
      options.signal?.throwIfAborted()
      await options.placeImage?.(split, fileName, `images/${splitPrefix(split.name)}${namedImage(fileName)}`)
    }
  }
}

function fileOf(split: string): string {
  return split === '' ? 'annotations.json' : `annotations/${split}.json`
}
