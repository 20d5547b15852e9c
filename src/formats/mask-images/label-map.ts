import { countAnnotationLosses } from '../../data/annotation-losses.ts'
import { type Annotation, annotationsOf, type Category, type DatasetImage } from '../../data/dataset.ts'
import { isImagePath } from '../../data/file-lookup.ts'
import { DataError } from '../../errors.ts'
import { labelsToRles } from '../../geometry/labels-to-rles.ts'
import { CATEGORY_FILE, nearestCategoryFile, writeCategoryFile } from '../category-file.ts'
import type { DataFolder, DataFormat, DataTarget, ReadOptions, Split, WriteOptions } from '../format.ts'
import {
  checkSameSize,
  type FoundImages,
  fileStem,
  findImages,
  imageSplits,
  labelStems,
  type PlacedFile,
  placedFile,
  refuseEntry,
  refuseTwins,
  withoutSuffix,
} from '../image-files.ts'
import { placeOf } from '../json-file.ts'
import { shapeAnnotation } from '../shape-annotation.ts'
import { namedImage, splitPrefix } from '../split-folders.ts'
import { checkPlausible } from './label-plausibility.ts'
import { encodeLabelPng } from './label-png.ts'
import { isLabelFile, labelsOf, readLabelRaster } from './label-raster.ts'
import { maskedAnnotations, stackMasks, withoutCrowds } from './stacked-masks.ts'

/** One image of whole numbers an image: 0 is background, every other number an object. */
export const labelMapFormat: DataFormat = {
  name: 'label-map',
  about:
    'Label maps: one PNG or TIFF of object numbers an image, as Cellpose, StarDist and CellProfiler write',
  recognises,
  read,
  write,
}

interface LabelledImages extends FoundImages {
  /** Path of the label map, by key of the image. */
  readonly labels: ReadonlyMap<string, string>
  /** Label maps that belong to no image, or to one that has another. */
  readonly strays: readonly string[]
}

async function findLabels(source: DataFolder, options: Pick<ReadOptions, 'images'>): Promise<LabelledImages> {
  const keys = new Set((await source.list()).map((path) => placedFile(path).key))
  // Among images in a folder of their own a suffix may be part of the name, unless there is the image without it.
  const hasSuffix = ({ path, key, kind }: PlacedFile) =>
    isLabelFile(path) && withoutSuffix(key) !== key && (kind !== 'image' || keys.has(withoutSuffix(key)))
  const images = await findImages(source, options, hasSuffix)
  const labels = new Map<string, string>()
  const strays: string[] = []
  for (const path of await source.list()) {
    const file = placedFile(path)
    const isLabel = file.kind === 'label' || (options.images && file.kind === 'unplaced') || hasSuffix(file)
    if (!isImagePath(path) || !isLabel) continue
    const key = [file.key, withoutSuffix(file.key)].find((key) => images.byKey.has(key))
    if (key === undefined || labels.has(key) || !isLabelFile(path)) strays.push(path)
    else labels.set(key, path)
  }
  return { ...images, labels, strays }
}

async function recognises(source: DataFolder, entry?: string): Promise<boolean> {
  if (entry !== undefined) return false
  const { labels, strays } = await findLabels(source, {})
  return labels.size > strays.length
}

async function read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]> {
  refuseEntry(source, options)
  const found = await findLabels(source, options)
  refuseTwins(found, options.images ?? source)
  for (const stray of found.strays) {
    if (!isLabelFile(stray)) await readLabelRaster(source, stray)
    throw new DataError('label map belongs to no image, or to one that has another', {
      where: placeOf(source, stray),
      expected: `one label map for an image named ${withoutSuffix(fileStem(stray))}`,
      hint: 'Images lie in "images" beside the folder of label maps, or beside the maps, or where --images says',
    })
  }
  if (found.labels.size === 0) {
    throw new DataError('folder has no label maps', {
      where: source.name,
      expected: 'images/NAME.* with masks/NAME.png, or NAME.* with NAME_masks.png',
    })
  }
  const splits: Split[] = []
  let done = 0
  for (const split of imageSplits([...found.byKey.values()])) {
    const labelled = split.images.flatMap(({ file, fileName }) => {
      const path = found.labels.get(file.key)
      if (path === undefined) options.losses.add('images without a label map left out', file.path)
      return path === undefined ? [] : [{ file, fileName, path }]
    })
    const paths = labelled.map(({ path }) => path)
    const maps = await openMaps(source, paths, options)
    const images: DatasetImage[] = []
    const annotations = new Map<number, Annotation[]>()
    for (const { file, fileName, path } of labelled) {
      options.signal?.throwIfAborted()
      const id = images.length + 1
      const { size, objects } = await maps.read(path, file, id)
      images.push({ id, fileName, ...size })
      if (objects.length > 0) annotations.set(id, objects)
      options.progress?.(++done, found.labels.size, path)
    }
    splits.push({
      name: split.name,
      images: split.folder,
      dataset: { images, annotations, categories: maps.categories },
    })
  }
  return splits
}

/** Reads the label maps of a split, given all their paths. */
async function openMaps(source: DataFolder, paths: readonly string[], options: ReadOptions) {
  const sidecar = await nearestCategoryFile(source, paths)
  const categories = sidecar?.categories ?? [{ id: 1, name: options.category ?? 'object' }]
  let nextId = 1
  const read = async (path: string, image: PlacedFile, imageId: number) => {
    const where = placeOf(source, path)
    const raster = await readLabelRaster(source, path)
    await checkSameSize(options.images ?? source, image, raster, where)
    const size = { width: raster.width, height: raster.height }
    const ofLabel = categoryOfLabel(categories, sidecar?.labels.get(path.slice(sidecar.folder.length)), where)
    const objects: Annotation[] = []
    const labels = labelsOf(raster, where)
    checkPlausible(labels, size, where, options.losses)
    for (const [label, segmentation] of labelsToRles(labels, size)) {
      const ids = { id: nextId++, imageId, categoryId: ofLabel(label) }
      const object = shapeAnnotation(ids, { segmentation }, size, `${where}: label ${label}`, options)
      if (object) objects.push(object)
    }
    return { size, objects }
  }
  return { categories, read }
}

function categoryOfLabel(
  categories: readonly Category[],
  labels: ReadonlyMap<number, number> | undefined,
  where: string,
): (label: number) => number {
  return (label) => {
    const id = labels?.get(label) ?? (categories.length === 1 ? categories[0].id : undefined)
    if (id !== undefined) return id
    throw new DataError(`label ${label} has no category`, {
      where,
      expected: `its category id in "labels" of ${CATEGORY_FILE}, which has ${categories.length} categories`,
    })
  }
}

const LARGEST_LABEL = 2 ** 16 - 1

async function write(splits: readonly Split[], target: DataTarget, options: WriteOptions): Promise<void> {
  const { losses } = options
  const total = splits.reduce((sum, { dataset }) => sum + dataset.images.length, 0)
  let done = 0
  for (const split of splits) {
    countAnnotationLosses(split, losses)
    const { images, categories } = split.dataset
    const folder = `masks/${splitPrefix(split.name)}`
    const stems = labelStems(images)
    const labels: [string, Map<number, number>][] = []
    for (const [i, image] of images.entries()) {
      options.signal?.throwIfAborted()
      const own = withoutCrowds(annotationsOf(split.dataset, image.id), image, losses)
      const stacked = stackMasks(maskedAnnotations(own, image, losses), image, losses)
      await target.writeBytes(
        `${folder}${stems[i]}.png`,
        labelPng(stacked.labels, stacked.annotations.length, image),
      )
      if (categories.length > 1) {
        const ids = stacked.annotations.map(({ categoryId }, n) => [n + 1, categoryId] as const)
        labels.push([`${stems[i]}.png`, new Map(ids)])
      }
      const place = `images/${splitPrefix(split.name)}${namedImage(image.fileName)}`
      await options.placeImage?.(split, image.fileName, place)
      options.progress?.(++done, total, image.fileName)
    }
    await writeCategoryFile(target, folder, { categories, labels: new Map(labels) })
  }
}

/** 8 bits a pixel where the labels fit, else 16. */
function labelPng(labels: Uint16Array | Uint32Array, count: number, image: DatasetImage): Uint8Array {
  if (count > LARGEST_LABEL) {
    throw new DataError('image has more objects than a label map of 16 bits can number', {
      where: image.fileName,
      expected: `at most ${LARGEST_LABEL}`,
      got: `${count}`,
      hint: 'Convert to mask-folder or coco',
    })
  }
  const data = count < 256 ? Uint8Array.from(labels) : Uint16Array.from(labels)
  return encodeLabelPng({ data, width: image.width, height: image.height, channels: 1 })
}
