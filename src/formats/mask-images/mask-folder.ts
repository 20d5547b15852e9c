import { countAnnotationLosses } from '../../data/annotation-losses.ts'
import { type Annotation, annotationsOf, type Category, type DatasetImage } from '../../data/dataset.ts'
import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'
import { decodeRle, encodeRle, rleArea } from '../../geometry/rle.ts'
import { CATEGORY_FILE, nearestCategoryFile, writeCategoryFile } from '../category-file.ts'
import { decodeFolderName, encodeFolderName } from '../folder-name.ts'
import type { DataFolder, DataFormat, DataTarget, ReadOptions, Split, WriteOptions } from '../format.ts'
import { imageSplits, labelStems, type PlacedFile, refuseEntry, refuseTwins } from '../image-files.ts'
import { describe } from '../json-fields.ts'
import { placeOf } from '../json-file.ts'
import { shapeAnnotation } from '../shape-annotation.ts'
import { namedImage, splitPrefix } from '../split-folders.ts'
import { groundOf } from './label-plausibility.ts'
import { encodeLabelPng } from './label-png.ts'
import { foregroundOf, isLabelFile, readLabelRaster } from './label-raster.ts'
import { findMasks, type MaskFile } from './mask-folder-layout.ts'
import { maskedAnnotations, withoutCrowds } from './stacked-masks.ts'

/** One black and white image an object. */
export const maskFolder: DataFormat = {
  name: 'mask-folder',
  about: 'Mask folders: one PNG or TIFF mask an object, as in the 2018 Data Science Bowl',
  recognises,
  read,
  write,
}

async function recognises(source: DataFolder, entry?: string): Promise<boolean> {
  if (entry !== undefined) return false
  const { masks, strays } = await findMasks(source, {})
  const files = [...masks.values()].flat()
  return files.length > strays.length && files.some(({ isNumbered }) => isNumbered)
}

async function read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]> {
  refuseEntry(source, options)
  const found = await findMasks(source, options)
  refuseTwins(found, options.images ?? source)
  for (const stray of found.strays) {
    if (!isLabelFile(stray)) await readLabelRaster(source, stray)
    throw new DataError('mask belongs to no image', {
      where: placeOf(source, stray),
      expected: 'images/NAME.* for masks/NAME/*.png or masks/NAME_1.png, or ID/images/*.* for ID/masks/*.png',
      hint: 'Pass --images where the images are elsewhere',
    })
  }
  if (found.masks.size === 0) {
    throw new DataError('folder has no masks', {
      where: source.name,
      expected: 'PNG or TIFF files in folders named masks',
    })
  }
  const splits: Split[] = []
  let done = 0
  for (const split of imageSplits([...found.byKey.values()])) {
    const ownMasks = split.images.flatMap(({ file }) => found.masks.get(file.key) ?? [])
    const { categories, idOf } = await categoriesOf(source, ownMasks, options)
    const annotations = new Map<number, Annotation[]>()
    const images: DatasetImage[] = []
    let nextId = 1
    for (const { file, fileName } of split.images) {
      options.signal?.throwIfAborted()
      const image = { id: images.length + 1, fileName, ...(await sizeOf(options.images ?? source, file)) }
      images.push(image)
      const own: Annotation[] = []
      for (const mask of found.masks.get(file.key) ?? []) {
        const ids = { id: nextId++, categoryId: idOf(mask) }
        const annotation = await readMask(source, mask.path, image, ids, options)
        if (annotation) own.push(annotation)
      }
      if (own.length > 0) annotations.set(image.id, own)
      options.progress?.(++done, found.byKey.size, file.path)
    }
    splits.push({ name: split.name, images: split.folder, dataset: { images, annotations, categories } })
  }
  return splits
}

async function sizeOf(folder: DataFolder, { path }: PlacedFile): Promise<Size> {
  const { width, height } = await folder.imageSize(path)
  return { width, height }
}

/** Undefined where the mask is empty and skipped. */
async function readMask(
  source: DataFolder,
  path: string,
  image: DatasetImage,
  ids: Pick<Annotation, 'id' | 'categoryId'>,
  options: ReadOptions,
): Promise<Annotation | undefined> {
  const where = placeOf(source, path)
  const raster = await readLabelRaster(source, path)
  if (raster.width !== image.width || raster.height !== image.height) {
    throw new DataError('mask has another size than its image', {
      where,
      expected: `${image.width} x ${image.height} as ${image.fileName}`,
      got: `${raster.width} x ${raster.height}`,
    })
  }
  const foreground = foregroundOf(raster, where)
  const what =
    'masks that fill more than half of picture and border, read as objects: are black and white swapped?'
  if (groundOf(foreground, image) !== 0) options.losses.note(what, where)
  const segmentation = encodeRle(foreground, image)
  if (rleArea(segmentation) === 0) {
    if (options.onDegenerate !== 'skip') {
      throw new DataError('mask has no foreground', {
        where,
        expected: 'a pixel that is neither black nor transparent',
        hint: 'Remove the file, or leave such masks out (skip)',
      })
    }
    options.losses.add('masks without a pixel left out', where)
    return undefined
  }
  return shapeAnnotation({ ...ids, imageId: image.id }, { segmentation }, image, where, options)
}

interface FolderCategories {
  readonly categories: readonly Category[]
  idOf(mask: MaskFile): number
}

/** Categories of `categories.json`, or those that folders name in the order of their names. */
async function categoriesOf(
  source: DataFolder,
  masks: readonly MaskFile[],
  options: ReadOptions,
): Promise<FolderCategories> {
  const file = await nearestCategoryFile(
    source,
    masks.map(({ path }) => path),
  )
  const only = file?.categories.length === 1 ? file.categories[0].name : (options.category ?? 'object')
  const nameOf = ({ category }: MaskFile) => (category === undefined ? only : decodeFolderName(category))
  const found = [...new Set(masks.length > 0 ? masks.map(nameOf) : [only])].sort()
  const categories = file?.categories ?? found.map((name, i) => ({ id: i + 1, name }))
  const ids = new Map(categories.map(({ id, name }) => [name, id]))
  const idOf = (mask: MaskFile): number => {
    const id = ids.get(nameOf(mask))
    if (id !== undefined) return id
    throw new DataError('mask has no known category', {
      where: placeOf(source, mask.path),
      expected: `a folder named as one of ${describe([...ids.keys()])} in ${CATEGORY_FILE}`,
      got: mask.category === undefined ? 'no folder for the category' : describe(mask.category),
    })
  }
  return { categories, idOf }
}

/** `images/a.jpg` where they go along and `masks/a/1.png`, or `masks/a/CATEGORY/1.png` where there are several categories. */
async function write(splits: readonly Split[], target: DataTarget, options: WriteOptions): Promise<void> {
  const { losses } = options
  const total = splits.reduce((sum, { dataset }) => sum + dataset.images.length, 0)
  let done = 0
  for (const split of splits) {
    countAnnotationLosses(split, losses)
    const { images, categories } = split.dataset
    const folder = `masks/${splitPrefix(split.name)}`
    const stems = labelStems(images)
    const folders = categoryFolders(categories, losses)
    for (const [i, image] of images.entries()) {
      const own = withoutCrowds(annotationsOf(split.dataset, image.id), image, losses)
      const masked = maskedAnnotations(own, image, losses)
      const digits = `${masked.length}`.length
      for (const [n, { annotation, rle }] of masked.entries()) {
        options.signal?.throwIfAborted()
        const name = `${n + 1}`.padStart(digits, '0')
        const data = decodeRle(rle).map((pixel) => pixel * 255)
        const png = encodeLabelPng({ data, width: image.width, height: image.height, channels: 1 })
        await target.writeBytes(`${folder}${stems[i]}/${folders.get(annotation.categoryId)}${name}.png`, png)
      }
      const place = `images/${splitPrefix(split.name)}${namedImage(image.fileName)}`
      await options.placeImage?.(split, image.fileName, place)
      options.progress?.(++done, total, image.fileName)
    }
    await writeCategoryFile(target, folder, { categories, labels: new Map() })
  }
}

/** Folder of each category, with `/`; none where there is only one. */
function categoryFolders(categories: readonly Category[], losses: Losses): ReadonlyMap<number, string> {
  const names = new Set<string>()
  const folders = new Map<number, string>()
  for (const { id, name } of categories) {
    if (names.has(name)) losses.add('categories merged with another of the same name', name)
    names.add(name)
    folders.set(id, categories.length === 1 ? '' : `${encodeFolderName(name)}/`)
  }
  return folders
}
