import { DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'
import { DescribedImages } from '../described-image.ts'
import type { DataFolder, DataFormat, ReadOptions, Split } from '../format.ts'
import { type JsonObject, listAt, objectAt, sideAt, textAt } from '../json-fields.ts'
import { placeOf, readJson } from '../json-file.ts'
import { isLabelme, jsonFiles, jsonOutline, notePassedOver } from '../json-outline.ts'
import { NamedCategories, SplitBuilder } from '../split-builder.ts'
import {
  folderOf,
  lastPart,
  normalisedPath,
  splitPrefix,
  splitsByFolder,
  withoutEnding,
} from '../split-folders.ts'
import { joinedParts, type LabelmePart, parseLabelmeShape, trueFlags } from './labelme-shapes.ts'
import { LABELS_WITHOUT_CATEGORY, writeLabelme } from './labelme-writer.ts'

/** Labelme: a JSON file beside each image. */
export const labelme: DataFormat = {
  name: 'labelme',
  statesSizes: true,
  about: 'Labelme: a .json file beside each image; polygons, rectangles, circles, masks',
  recognises: async (source, entry) => {
    for (const path of await jsonFiles(source, entry)) {
      if (isLabelme(await jsonOutline(source, path))) return true
    }
    return false
  },
  read,
  write: writeLabelme,
}

/** Files with shapes, and those that are broken, which may have been such. */
async function labelmeFiles(source: DataFolder, entry?: string): Promise<string[]> {
  const found: string[] = []
  for (const path of await jsonFiles(source, entry)) {
    const outline = await jsonOutline(source, path)
    if (entry !== undefined || isLabelme(outline) || outline.problem) found.push(path)
  }
  return found.length > 0 ? found : jsonFiles(source)
}

async function read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]> {
  const files = await labelmeFiles(source, options.entry)
  if (files.length === 0) {
    throw new DataError('folder has no Labelme files', {
      where: source.name,
      expected: '.json files with shapes',
    })
  }
  if (options.entry === undefined) await notePassedOver(source, files, 'of Labelme', options.losses)
  const categories = new NamedCategories(await labelOrder(source))
  const splits: Split[] = []
  let done = 0
  for (const [name, paths] of splitsByFolder(files)) {
    const builder = new SplitBuilder({ name, images: name }, categories, options)
    const keys = paths.map(withoutEnding)
    const { images, losses } = options
    const described = new DescribedImages(images ?? source, images ? '' : splitPrefix(name), keys, losses)
    for (const path of paths) {
      options.signal?.throwIfAborted()
      await readLabelmeFile(source, splitPrefix(name), path, described, builder, options)
      options.progress?.(++done, files.length, path)
    }
    splits.push(builder.split())
  }
  return splits
}

/** Categories in the order of `labels.txt`, where it is there. */
async function labelOrder(source: DataFolder): Promise<string[]> {
  if (!(await source.exists('labels.txt'))) return []
  const lines = (await source.readText('labels.txt')).split(/\r?\n/).map((line) => line.trim())
  return lines.filter((line) => line !== '' && !(LABELS_WITHOUT_CATEGORY as readonly string[]).includes(line))
}

/** @param path from the folder of the split, which `prefix` leads to */
async function readLabelmeFile(
  source: DataFolder,
  prefix: string,
  path: string,
  described: DescribedImages,
  builder: SplitBuilder,
  options: ReadOptions,
): Promise<void> {
  const place = placeOf(source, prefix + path)
  const file = objectAt(await readJson(source, prefix + path), place)
  const shapes = listAt(file, 'shapes', place)
  const stated = imageName(textAt(file, 'imagePath', place), path)
  const image = await described.of({ key: withoutEnding(path), stated, where: place })
  const size = await sizeOf(file, image.path, options.images ?? source, stated, place)
  if (trueFlags(file.flags).length > 0) options.losses.add('images whose flags are left out', place)
  builder.addImage(image.fileName, size, place)
  const objects = new Map<string, LabelmePart[]>()
  for (const [i, entry] of shapes.entries()) {
    const where = `${place}: shapes[${i}]`
    const part = parseLabelmeShape(objectAt(entry, where), size, where, options.losses)
    if (!part) continue
    const key = part.group === undefined ? `${i}` : JSON.stringify([part.label, part.group])
    const others = objects.get(key)
    if (others) others.push(part)
    else objects.set(key, [part])
  }
  for (const parts of objects.values()) {
    builder.addShape(parts[0].label, joinedParts(parts, size), parts[0].where)
  }
}

/** Relative to the folder of the split; one that lies outside is taken by its last part alone. */
function imageName(imagePath: string, path: string): string {
  const inside = normalisedPath(folderOf(path) + imagePath.replaceAll('\\', '/'))
  const isAbsolute = /^([A-Za-z]:)?[\\/]/.test(imagePath)
  if (inside && !isAbsolute) return inside
  return folderOf(path) + lastPart(imagePath)
}

/** As the file states it; early versions of Labelme did not, then the image is looked at. */
async function sizeOf(
  file: JsonObject,
  path: string | undefined,
  images: DataFolder,
  name: string,
  where: string,
): Promise<Size> {
  const stated = (key: string) => file[key] !== undefined && file[key] !== null
  if (stated('imageHeight') || stated('imageWidth')) {
    const [height, width] = ['imageHeight', 'imageWidth'].map((key) => sideAt(file, key, where))
    return { height, width }
  }
  if (path !== undefined) return images.imageSize(path)
  throw new DataError('file does not state the size of its image, and the image is missing', {
    where,
    expected: `imageHeight and imageWidth, or the image ${placeOf(images, name)}`,
    hint: 'Pass --images with the folder of the images',
  })
}
