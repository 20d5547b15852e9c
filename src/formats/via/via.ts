import { ConfigError, DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'
import type { DataFolder, DataFormat, ReadOptions, Split } from '../format.ts'
import { imageAttributes } from '../image-attributes.ts'
import { imagePlace } from '../image-files.ts'
import { isSide, type JsonObject } from '../json-fields.ts'
import { beginningOf, placeOf } from '../json-file.ts'
import { isVia, jsonOutline, notePassedOver } from '../json-outline.ts'
import { NamedCategories, SplitBuilder } from '../split-builder.ts'
import { folderOf, lastPart, normalisedPath, splitPrefix, splitsByFolder } from '../split-folders.ts'
import { readViaFile, type ViaFile, type ViaImage } from './via-file.ts'
import { parseViaCategory, parseViaShape } from './via-regions.ts'
import { CROWD_ATTRIBUTE, writeVia } from './via-writer.ts'

/** Category of regions in files without attributes. */
const ONLY_CATEGORY = 'object'

/** VGG Image Annotator, versions 1 and 2. */
export const via: DataFormat = {
  name: 'via',
  about: 'VGG Image Annotator: a project of VIA 2, or its annotations as JSON or CSV',
  isFile: true,
  recognises: async (source, entry) => (await viaFiles(source, entry)).length > 0,
  read,
  write: writeVia,
}

async function viaFiles(source: DataFolder, entry?: string): Promise<string[]> {
  const files = entry === undefined ? await source.list() : [entry]
  const found: string[] = []
  for (const path of files) {
    const ending = path.slice(path.lastIndexOf('.')).toLowerCase()
    if (ending !== '.json' && ending !== '.csv') continue
    if (ending === '.json' ? isVia(await jsonOutline(source, path)) : await isViaCsv(source, path))
      found.push(path)
  }
  return found
}

async function isViaCsv(source: DataFolder, path: string): Promise<boolean> {
  const [header] = (await beginningOf(source, path)).split('\n', 1)
  return /^\ufeff?#?\s*"?filename"?,/.test(header) && header.includes('region_shape_attributes')
}

async function read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]> {
  const paths = options.entry === undefined ? await viaFiles(source) : [options.entry]
  if (paths.length === 0) {
    throw new DataError('folder has no file of VIA', {
      where: source.name,
      expected: 'a project (.json) or annotations (.json, .csv)',
    })
  }
  if (options.entry === undefined) await notePassedOver(source, paths, 'of VIA', options.losses)
  const files = new Map<string, ViaFile>()
  for (const path of paths) files.set(path, await readViaFile(source, path))
  const attribute = categoryAttribute([...files.values()], options.attribute, source.name)
  const known = [...files.values()].flatMap(({ attributes }) => attributes.get(attribute ?? '') ?? [])
  const categories = new NamedCategories(known)
  const splits: Split[] = []
  for (const [name, inSplit] of splitsByFolder(paths)) {
    const builder = new SplitBuilder({ name, images: name }, categories, options)
    for (const path of inSplit) {
      const file = files.get(splitPrefix(name) + path) as ViaFile
      for (const [i, image] of file.images.entries()) {
        options.signal?.throwIfAborted()
        await addImage(source, splitPrefix(name), folderOf(path), image, attribute, builder, options)
        options.progress?.(i + 1, file.images.length, image.fileName)
      }
    }
    splits.push(builder.split())
  }
  return splits
}

/** The attribute that was asked for, or the only one there is; undefined where there is none at all. */
function categoryAttribute(
  files: readonly ViaFile[],
  chosen: string | undefined,
  where: string,
): string | undefined {
  const names = new Set(
    files.flatMap(({ images, attributes }) => [
      ...attributes.keys(),
      ...images.flatMap(({ regions }) => regions.flatMap((region) => Object.keys(region.attributes))),
    ]),
  )
  names.delete(CROWD_ATTRIBUTE)
  if (chosen !== undefined && names.has(chosen)) return chosen
  if (chosen === undefined && names.size < 2) return [...names][0]
  throw new ConfigError(
    chosen === undefined
      ? 'regions have several attributes, and one of them has to hold the category'
      : `no region has the attribute ${JSON.stringify(chosen)}`,
    { where, expected: `one of ${[...names].join(', ')}`, hint: 'Choose it with --attribute' },
  )
}

async function addImage(
  source: DataFolder,
  prefix: string,
  folder: string,
  image: ViaImage,
  attribute: string | undefined,
  builder: SplitBuilder,
  options: ReadOptions,
): Promise<void> {
  const { losses } = options
  const fileName = imageName(image.fileName, folder)
  const stated = statedSize(image.attributes)
  const size = stated ?? (await sizeOf(source, prefix, fileName, image.where, options))
  const { width: _width, height: _height, ...others } = image.attributes
  const onLeftOut = (name: string) => losses.add(`${name} of images left out`, image.where)
  const described = imageAttributes(stated ? others : image.attributes, onLeftOut)
  builder.addImage(fileName, size, image.where, described)
  for (const { shape, attributes, where } of image.regions) {
    const parsed = parseViaShape(shape, where, losses)
    if (!parsed) continue
    const others = Object.entries(attributes).filter(
      ([name, value]) => name !== attribute && name !== CROWD_ATTRIBUTE && value !== '',
    )
    if (others.length > 0) losses.add('regions whose other attributes are left out', where)
    if (attribute === undefined)
      losses.change(`regions without attributes taken for the category "${ONLY_CATEGORY}"`)
    const category = attribute === undefined ? ONLY_CATEGORY : parseViaCategory(attributes, attribute, where)
    builder.addShape(category, { ...parsed, isCrowd: attributes[CROWD_ATTRIBUTE] === '1' }, where)
  }
}

/** A path below the folder of the file; of an address or a path elsewhere the last part. */
function imageName(name: string, folder: string): string {
  const inside = name.includes('://') ? undefined : normalisedPath(folder + name)
  return inside || folder + lastPart(name)
}

/** VIA knows no sizes; files that are written here state them as attributes of the image. */
function statedSize({ width, height }: JsonObject): Size | undefined {
  const size = { height: Number(height), width: Number(width) }
  return isSide(size.height) && isSide(size.width) ? size : undefined
}

async function sizeOf(
  source: DataFolder,
  prefix: string,
  fileName: string,
  where: string,
  { images }: ReadOptions,
): Promise<Size> {
  const place = imagePlace(source, prefix, fileName, images)
  const found = await place.folder.find(place.path)
  if (found !== undefined) return place.folder.imageSize(found)
  throw new DataError('image is missing', {
    where,
    expected: placeOf(place.folder, place.path),
    hint: 'Files of VIA do not hold sizes: pass --images with the folder of the images',
  })
}
