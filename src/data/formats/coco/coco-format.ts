import { DataError } from '../../../errors.ts'
import type { Dataset } from '../../dataset.ts'
import type { DataFolder, DataFormat, DataTarget, ReadOptions, Split, WriteOptions } from '../format.ts'
import { beginningOf, jsonFiles, placeOf, topLevelKeys } from '../json-file.ts'
import { isPanoptic } from '../panoptic/panoptic-json.ts'
import { folderOf, isSplitName, namedImage, splitPrefix, withoutEnding } from '../split-folders.ts'
import { readCoco } from './coco-stream.ts'
import { cocoText } from './coco-writer.ts'

/** Common Objects in Context: one JSON file a split. */
export const coco: DataFormat = {
  name: 'coco',
  about: 'COCO: a JSON file with images, annotations and categories; polygons and run-length masks',
  isFile: true,
  recognises: async (source, entry) => (await cocoFiles(source, entry)).length > 0,
  read,
  write,
}

async function cocoFiles(source: DataFolder, entry?: string): Promise<string[]> {
  const found: string[] = []
  for (const path of await jsonFiles(source, entry)) {
    const beginning = await beginningOf(source, path)
    const keys = topLevelKeys(beginning)
    if (isPanoptic(path, beginning)) continue
    if (['images', 'annotations', 'categories'].some((key) => keys.includes(key))) found.push(path)
  }
  return found
}

async function read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]> {
  const files = options.entry === undefined ? await cocoFiles(source) : [options.entry]
  if (files.length === 0) {
    throw new DataError('folder has no COCO file', {
      where: source.name,
      expected: 'a .json file with images, annotations and categories',
    })
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
  return splits
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

/** The folder the first image lies in, of those where layouts have them. */
export async function imageFolder(
  source: DataFolder,
  path: string,
  split: string,
  { images }: Dataset,
): Promise<string | undefined> {
  const fileName = images[0]?.fileName
  if (!fileName) return undefined
  const beside = folderOf(path)
  const places = ['', 'images/', `images/${splitPrefix(split)}`, splitPrefix(split)]
  for (const folder of [...places.map((place) => beside + place), ...places]) {
    if ((await source.find(folder + fileName)) !== undefined) return folder.replace(/\/$/, '')
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
