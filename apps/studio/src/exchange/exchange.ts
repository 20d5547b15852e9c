/** Labels in all formats of `data convert`, out of the page and into it. Loaded when it is first wanted. */
import { unzipSync, zipSync } from 'fflate'
import type { Annotation, Category, Dataset, DatasetImage } from '../../../../src/data/dataset.ts'
import { fileKey, foldedName } from '../../../../src/data/file-lookup.ts'
import { type LossCount, Losses } from '../../../../src/data/losses.ts'
import { DataError } from '../../../../src/errors.ts'
import { parseCoco } from '../../../../src/formats/coco/coco.ts'
import { coco } from '../../../../src/formats/coco/coco-format.ts'
import { annotationJson } from '../../../../src/formats/coco/coco-writer.ts'
import { labelledAlone } from '../../../../src/formats/coco/labelled-photos.ts'
import { convertData } from '../../../../src/formats/conversion.ts'
import type { FormatName } from '../../../../src/formats/format.ts'
import { DATA_FORMATS, recogniseFormat } from '../../../../src/formats/formats.ts'
import type { StudioCategory, StudioImage, StudioObject } from '../project/coco-document.ts'
import { type Files, memoryFolder, memoryTarget } from './memory-folder.ts'

export const FORMAT_NAMES: readonly FormatName[] = DATA_FORMATS.map(({ name }) => name)

/** What did not come along, what is written differently, and what is worth a word. */
export interface Told {
  readonly lost: readonly LossCount[]
  readonly changed: readonly LossCount[]
  readonly noted: readonly LossCount[]
}

/** What the page holds, as data sets are. Objects that enclose nothing are left out and counted. */
export function datasetOf(
  images: readonly StudioImage[],
  annotations: readonly StudioObject[],
  categories: readonly StudioCategory[],
  losses: Losses,
): Dataset {
  return parseCoco({ images, annotations, categories }, 'labels', {
    onDegenerate: 'skip',
    onSkipped: ({ message }) => losses.add('objects that enclose nothing left out', message),
  })
}

/** The labels in a format, as the files that go beside the photos that are labelled, and what it does not hold of them. */
export async function exported(
  dataset: Dataset,
  name: FormatName,
): Promise<Told & { readonly files: Files }> {
  const format = DATA_FORMATS.find((one) => one.name === name)!
  const target = memoryTarget(name)
  const source = memoryFolder('labels', new Map(), () => undefined)
  const report = await convertData(
    source,
    { ...coco, read: async () => [{ name: '', dataset: labelledAlone(dataset) }] },
    target,
    format,
    {
      onDegenerate: 'error',
      imagePath: async (_, fileName, from) => `${'../'.repeat(from.split('/').length - 1)}${fileName}`,
    },
  )
  return { ...report, files: target.files }
}

/** What was found in files, by the photo that it belongs to. */
export interface Imported extends Told {
  readonly format: string
  readonly objects: ReadonlyMap<number, readonly ImportedObject[]>
}

export interface ImportedObject {
  readonly category: string
  readonly object: Omit<StudioObject, 'id' | 'image_id' | 'category_id'>
}

/**
 * Labels that files hold of these photos. Throws `DataError` for files that cannot be read, `ConfigError` where no format
 * recognises them.
 */
export async function imported(files: Files, images: readonly StudioImage[]): Promise<Imported> {
  const photoOf = photoFinder(images)
  const sizeOf = (path: string) => photoOf(path)
  const source = memoryFolder('files', files, sizeOf)
  const blanks = new Map(images.map(({ file_name }) => [file_name, new Uint8Array()]))
  const photos = memoryFolder('photos', blanks, sizeOf)
  // Masks alone are known by the photos that they are named after.
  const together = memoryFolder('files', new Map([...blanks, ...files]), sizeOf)
  const entry = files.size === 1 ? [...files.keys()][0] : undefined
  const format = await recogniseFormat(source, entry).catch((error) =>
    recogniseFormat(together).catch(() => {
      throw error
    }),
  )
  const losses = new Losses()
  const splits = await format.read(source, { losses, entry, images: photos, onDegenerate: 'skip' })
  const objects = new Map<number, ImportedObject[]>()
  for (const { dataset } of splits) {
    const names = new Map(dataset.categories.map(({ id, name }) => [id, name]))
    for (const image of dataset.images) {
      const own = dataset.annotations.get(image.id) ?? []
      if (own.length === 0) continue
      const photo = photoFor(image, photoOf, own.length, losses)
      if (!photo) continue
      const known = objects.get(photo.id) ?? []
      objects.set(photo.id, [...known, ...own.map((annotation) => importedObject(annotation, names))])
    }
  }
  return { format: format.name, objects, lost: losses.lost, changed: losses.changed, noted: losses.noted }
}

function importedObject(annotation: Annotation, names: ReadonlyMap<Category['id'], string>): ImportedObject {
  const {
    id: _,
    image_id: __,
    category_id,
    ...object
  } = annotationJson(annotation) as unknown as StudioObject
  return { category: names.get(category_id) ?? `${category_id}`, object }
}

type PhotoFinder = (path: string) => StudioImage | undefined

/** By the whole path, or by the name alone where one photo has it. */
function photoFinder(images: readonly StudioImage[]): PhotoFinder {
  const [byPath, byName] = [new Map<string, StudioImage>(), new Map<string, StudioImage | undefined>()]
  const nameOf = (path: string) => foldedName(fileKey(path).split('/').at(-1) ?? '')
  for (const image of images) {
    byPath.set(foldedName(fileKey(image.file_name)), image)
    const name = nameOf(image.file_name)
    byName.set(name, byName.has(name) ? undefined : image)
  }
  return (path) => byPath.get(foldedName(fileKey(path))) ?? byName.get(nameOf(path))
}

function photoFor(
  { fileName, width, height }: DatasetImage,
  photoOf: PhotoFinder,
  count: number,
  losses: Losses,
): StudioImage | undefined {
  const photo = photoOf(fileName)
  const fits = photo?.width === width && photo.height === height
  const what = photo
    ? 'objects of images that have another size than the photo left out'
    : 'objects of images that are none of the photos left out'
  for (let i = 0; !fits && i < count; i++) losses.add(what, fileName)
  return fits ? photo : undefined
}

/** One file as it is, several as an archive. */
export function packed(
  files: Files,
  name: string,
): { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } {
  const [[path, bytes] = ['', new Uint8Array()]] = files
  if (files.size === 1) return { name: path.split('/').at(-1) ?? path, bytes: Uint8Array.from(bytes) }
  return { name: `${name}.zip`, bytes: zipSync(Object.fromEntries(files)) as Uint8Array<ArrayBuffer> }
}

/** Files with their paths; archives are unpacked. Throws `DataError` for one that is damaged. */
export function unpacked(files: Files): Files {
  const all = new Map<string, Uint8Array>()
  for (const [path, bytes] of files) {
    if (!path.toLowerCase().endsWith('.zip')) all.set(path, bytes)
    else for (const [inner, content] of entriesOf(path, bytes)) all.set(inner, content)
  }
  return all
}

function entriesOf(path: string, bytes: Uint8Array): [string, Uint8Array][] {
  try {
    return Object.entries(unzipSync(bytes)).filter(([name]) => !name.endsWith('/'))
  } catch (cause) {
    throw new DataError('archive cannot be read', { where: path, got: (cause as Error).message }, { cause })
  }
}
