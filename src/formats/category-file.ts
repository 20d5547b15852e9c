import type { Category } from '../data/dataset.ts'
import { DataError } from '../errors.ts'
import type { DataFolder, DataTarget } from './format.ts'
import { describe, objectAt } from './json-fields.ts'
import { placeOf, readJson } from './json-file.ts'
import { folderOf } from './split-folders.ts'

/** Name of the file beside masks and label maps that says which categories there are. */
export const CATEGORY_FILE = 'categories.json'

/** What `categories.json` says: `{ "names": { "7": "cell" }, "labels"?: { "a.png": { "1": 7 } } }`, by id of the category. */
export interface CategoryFile {
  readonly categories: readonly Category[]
  /** Category id of each label, by path of the label map relative to this file; needed where there are several. */
  readonly labels: ReadonlyMap<string, ReadonlyMap<number, number>>
}

/** A `categories.json` and the folder it lies in (with `/`, or empty). */
export interface PlacedCategoryFile extends CategoryFile {
  readonly folder: string
}

/**
 * The `categories.json` nearest to all of the files: in the folder they share, or in one above. Undefined where there
 * is none. Throws `DataError` for another content.
 */
export async function nearestCategoryFile(
  source: DataFolder,
  paths: readonly string[],
): Promise<PlacedCategoryFile | undefined> {
  let folder = folderOf(paths[0] ?? '')
  while (!paths.every((path) => path.startsWith(folder))) folder = folderAbove(folder)
  for (; ; folder = folderAbove(folder)) {
    if (await source.exists(folder + CATEGORY_FILE)) {
      return { folder, ...(await readCategoryFile(source, folder + CATEGORY_FILE)) }
    }
    if (folder === '') return undefined
  }
}

function folderAbove(folder: string): string {
  return folderOf(folder.slice(0, -1))
}

async function readCategoryFile(source: DataFolder, path: string): Promise<CategoryFile> {
  const where = placeOf(source, path)
  const file = objectAt(await readJson(source, path), where)
  const categories = Object.entries(objectAt(file.names, `${where}: names`)).map(([key, name]) => {
    const id = Number(key)
    if (Number.isSafeInteger(id) && key !== '' && typeof name === 'string') return { id, name }
    throw new DataError('"names" is wrong', {
      where,
      expected: 'category names by id, such as { "1": "cell" }',
      got: `${describe(key)}: ${describe(name)}`,
    })
  })
  const ids = new Set(categories.map(({ id }) => id))
  const labels = new Map<string, ReadonlyMap<number, number>>()
  for (const [map, entry] of Object.entries(objectAt(file.labels ?? {}, `${where}: labels`))) {
    const at = `${where}: labels[${JSON.stringify(map)}]`
    labels.set(
      map,
      new Map(
        Object.entries(objectAt(entry, at)).map(([label, id]) => [
          parseLabel(label, at),
          parseId(id, label, at),
        ]),
      ),
    )
  }
  return { categories, labels }

  function parseId(id: unknown, label: string, at: string): number {
    if (typeof id === 'number' && ids.has(id)) return id
    throw new DataError(`label ${label} has an unknown category`, {
      where: at,
      expected: `one of ${describe([...ids])}`,
      got: describe(id),
    })
  }
}

function parseLabel(text: string, where: string): number {
  const label = Number(text)
  if (Number.isSafeInteger(label) && label > 0) return label
  throw new DataError('label is not a number', {
    where,
    expected: 'a whole number above 0',
    got: describe(text),
  })
}

export async function writeCategoryFile(
  target: DataTarget,
  folder: string,
  { categories, labels }: CategoryFile,
): Promise<void> {
  const content = {
    names: Object.fromEntries(categories.map(({ id, name }) => [id, name])),
    ...(labels.size > 0 && {
      labels: Object.fromEntries([...labels].map(([map, ids]) => [map, Object.fromEntries(ids)])),
    }),
  }
  await target.writeText(folder + CATEGORY_FILE, `${JSON.stringify(content, undefined, 1)}\n`)
}
