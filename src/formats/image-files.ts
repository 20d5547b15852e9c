import type { DatasetImage } from '../data/dataset.ts'
import { foldedName, isImagePath } from '../data/file-lookup.ts'
import { DataError } from '../errors.ts'
import type { DataFolder, ReadOptions } from './format.ts'
import { placeOf } from './json-file.ts'
import { namedImage, splitsByFolder, withoutEnding } from './split-folders.ts'

const IMAGE_FOLDER = /^(images?|imgs?|JPEGImages|PNGImages)$/i
const LABEL_FOLDER = /^(.*masks?|labels?|label[-_]?maps?|instances?|annotations?)$/i
/** What tools append to the name of an image for its labels. */
const LABEL_SUFFIX = /[-_. ](cp_masks?|masks?|labels?|label_map|labelled|seg|segmentation)$/i

/** The name of an image, of one that may have a suffix for labels: `FudanPed1` of `FudanPed1_mask`. */
export function withoutSuffix(key: string): string {
  return key.replace(LABEL_SUFFIX, '')
}

/** A file of an image or of its labels, told by the first folder named `images`, `masks` or alike on its path. */
export interface PlacedFile {
  readonly path: string
  readonly kind: 'image' | 'label' | 'unplaced'
  /** The path without that folder and without its ending: what image and labels have in common. */
  readonly key: string
  /** What stands before that folder, with `/`. */
  readonly before: string
}

export function placedFile(path: string): PlacedFile {
  const parts = path.split('/')
  const at = parts.findIndex(
    (part, i) => i < parts.length - 1 && (IMAGE_FOLDER.test(part) || LABEL_FOLDER.test(part)),
  )
  if (at < 0) return { path, kind: 'unplaced', key: withoutEnding(path), before: '' }
  return {
    path,
    kind: IMAGE_FOLDER.test(parts[at]) ? 'image' : 'label',
    key: withoutEnding([...parts.slice(0, at), ...parts.slice(at + 1)].join('/')),
    before: parts
      .slice(0, at)
      .map((part) => `${part}/`)
      .join(''),
  }
}

/** Throws `DataError` where one file was named of a format that is a folder. */
export function refuseEntry(source: DataFolder, { entry }: Pick<ReadOptions, 'entry'>): void {
  if (entry === undefined) return
  throw new DataError('this format is a folder, not a file', {
    where: placeOf(source, entry),
    hint: 'Name the folder of the data set',
  })
}

/** `b` of `a/b.c`. */
export function fileStem(path: string): string {
  return withoutEnding(path.slice(path.lastIndexOf('/') + 1))
}

/** Where the image lies that a label file names: in the folder of the images where they are apart, else below the split. */
export function imagePlace(
  source: DataFolder,
  prefix: string,
  fileName: string,
  images: DataFolder | undefined,
): { readonly folder: DataFolder; readonly path: string } {
  return images ? { folder: images, path: fileName } : { folder: source, path: prefix + fileName }
}

/** Images that labels can belong to. */
export interface FoundImages {
  readonly byKey: ReadonlyMap<string, PlacedFile>
  /** Images whose key another one has. */
  readonly twins: readonly PlacedFile[]
}

/**
 * The images in folders of images, and those without a folder of either kind that `isLabel` does not claim. With
 * `options.images` all images of that folder.
 */
export async function findImages(
  source: DataFolder,
  options: Pick<ReadOptions, 'images'>,
  isLabel: (file: PlacedFile) => boolean,
): Promise<FoundImages> {
  const byKey = new Map<string, PlacedFile>()
  const twins: PlacedFile[] = []
  for (const path of await (options.images ?? source).list()) {
    const file = placedFile(path)
    if (!isImagePath(path) || (!options.images && (file.kind === 'label' || isLabel(file)))) continue
    if (byKey.has(file.key)) twins.push(file)
    else byKey.set(file.key, file)
  }
  return { byKey, twins }
}

/** Throws `DataError` where two images would share their labels. */
export function refuseTwins({ byKey, twins }: FoundImages, folder: DataFolder): void {
  for (const twin of twins) {
    throw new DataError('two images have the same name but for the ending', {
      where: placeOf(folder, twin.path),
      got: byKey.get(twin.key)?.path,
      hint: 'It is not clear to which of them labels belong; rename one',
    })
  }
}

/** Images of one split, and where they lie. */
export interface ImageSplit {
  readonly name: string
  /** Folder in the source that names are relative to. */
  readonly folder: string
  readonly images: readonly { readonly file: PlacedFile; readonly fileName: string }[]
}

/** Images by split (`train`, `val`, ... as first folder of all keys), named relative to the folder they share. */
export function imageSplits(files: readonly PlacedFile[]): ImageSplit[] {
  const byKey = new Map(files.map((file) => [file.key, file]))
  return [...splitsByFolder([...byKey.keys()])].map(([name, keys]) => {
    const images = keys.map((key) => {
      const file = byKey.get(name === '' ? key : `${name}/${key}`)!
      const fileName = key + file.path.slice(withoutEnding(file.path).length)
      const isBelow = file.path === fileName || file.path.endsWith(`/${fileName}`)
      const folder = isBelow ? file.path.slice(0, -fileName.length).replace(/\/$/, '') : ''
      return { file, fileName: isBelow ? fileName : file.path, folder }
    })
    const shared = images[0]?.folder ?? ''
    if (images.every(({ folder }) => folder === shared)) return { name, folder: shared, images }
    return { name, folder: '', images: images.map(({ file }) => ({ file, fileName: file.path })) }
  })
}

/** Throws `DataError` where labels have another size than their image. */
export async function checkSameSize(
  folder: DataFolder,
  image: PlacedFile,
  labels: { readonly width: number; readonly height: number },
  where: string,
): Promise<void> {
  const { width, height } = await folder.imageSize(image.path)
  if (labels.width === width && labels.height === height) return
  throw new DataError('labels have another size than their image', {
    where,
    expected: `${width} x ${height} as ${image.path}`,
    got: `${labels.width} x ${labels.height}`,
  })
}

/**
 * What the files of labels of each image are named after: its name without the ending. Throws `DataError` where two
 * images would share that.
 */
export function labelStems(images: readonly DatasetImage[]): string[] {
  const owners = new Map<string, string>()
  return images.map(({ fileName }) => {
    const stem = withoutEnding(namedImage(fileName))
    const other = owners.get(foldedName(stem))
    if (other !== undefined) {
      throw new DataError('two images would share one name for their labels', {
        where: fileName,
        got: other,
        hint: 'Rename one of the images',
      })
    }
    owners.set(foldedName(stem), fileName)
    return stem
  })
}
