import { isImagePath } from '../../data/file-lookup.ts'
import type { DataFolder, ReadOptions } from '../format.ts'
import {
  type FoundImages,
  fileStem,
  findImages,
  type PlacedFile,
  placedFile,
  withoutSuffix,
} from '../image-files.ts'
import { folderOf, isSplitName } from '../split-folders.ts'
import { isLabelFile } from './label-raster.ts'

/** The mask of one object. */
export interface MaskFile {
  readonly path: string
  /** Name of the folder that stands for its category. */
  readonly category?: string
  /** Whether it is one of possibly many of its image; false where it is named exactly as the image. */
  readonly isNumbered: boolean
}

export interface FoundMasks extends FoundImages {
  /** In the order of their paths, by key of the image. */
  readonly masks: ReadonlyMap<string, readonly MaskFile[]>
  /** Masks that belong to no image. */
  readonly strays: readonly string[]
}

/**
 * Masks and the images they belong to. With `images/NAME.*`, masks are `masks/NAME/*.png`, `masks/NAME_1.png` or
 * `masks/NAME.png`; a folder between them and the file names a category. A folder with one image,
 * `ID/images/*.*`, takes all of `ID/masks/`.
 */
export async function findMasks(
  source: DataFolder,
  options: Pick<ReadOptions, 'images'>,
): Promise<FoundMasks> {
  const images = await findImages(source, options, () => false)
  const single = singleImages(images.byKey)
  const masks = new Map<string, MaskFile[]>()
  const strays: string[] = []
  for (const path of await source.list()) {
    const file = placedFile(path)
    const isMask = file.kind === 'label' || (options.images && file.kind === 'unplaced')
    if (!isMask || !isImagePath(path)) continue
    const owner = isLabelFile(path) ? ownerOf(file, images.byKey, single) : undefined
    if (!owner) {
      strays.push(path)
      continue
    }
    const { key, ...mask } = owner
    const others = masks.get(key)
    if (others) others.push({ path, ...mask })
    else masks.set(key, [{ path, ...mask }])
  }
  return { ...images, masks, strays }
}

type Owner = Omit<MaskFile, 'path'> & { readonly key: string }

function ownerOf(
  { key, before }: PlacedFile,
  images: ReadonlyMap<string, PlacedFile>,
  single: ReadonlyMap<string, string>,
): Owner | undefined {
  const name = fileStem(`${key}.`)
  const folder = folderOf(key)
  const inside = folder.slice(before.length).split('/').slice(0, -1)
  if (images.has(key)) return { key, isNumbered: false }
  // The longest folder that is named as an image; what follows it is the category.
  for (let depth = inside.length; depth >= 0; depth--) {
    const image = (before + inside.slice(0, depth).join('/')).replace(/\/$/, '')
    if (images.has(image)) return { key: image, category: categoryOf(inside.slice(depth)), isNumbered: true }
  }
  const alone = single.get(before)
  if (alone !== undefined) return { key: alone, category: categoryOf(inside), isNumbered: true }
  const bare = withoutSuffix(name)
  const stems = [
    name.replace(NUMBER, ''),
    name,
    withoutSuffix(name.replace(NUMBER, '')),
    bare.replace(NUMBER, ''),
    bare,
  ]
  for (const stem of new Set(stems)) {
    const isNumbered = stem !== name && stem !== bare
    if (images.has(folder + stem)) return { key: folder + stem, isNumbered }
    if (images.has(before + stem)) return { key: before + stem, category: categoryOf(inside), isNumbered }
  }
  return undefined
}

/** What counts the masks of an image. */
const NUMBER = /[-_. ]?\d+$/

function categoryOf(folders: readonly string[]): string | undefined {
  return folders.length > 0 ? folders.join('/') : undefined
}

/** Keys of images that have a folder `ID/images/` to themselves, by `ID/`. */
function singleImages(images: ReadonlyMap<string, PlacedFile>): ReadonlyMap<string, string> {
  const keys = new Map<string, string[]>()
  for (const [key, { before }] of images) keys.set(before, [...(keys.get(before) ?? []), key])
  return new Map(
    [...keys].flatMap(([before, own]): [string, string][] => {
      const folder = before.split('/').at(-2)
      return own.length === 1 && folder !== undefined && !isSplitName(folder) ? [[before, own[0]]] : []
    }),
  )
}
