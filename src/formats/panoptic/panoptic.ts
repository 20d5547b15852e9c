import type { Annotation, DatasetImage } from '../../data/dataset.ts'
import type { Losses } from '../../data/losses.ts'
import { DataError } from '../../errors.ts'
import { labelsToRles } from '../../geometry/labels-to-rles.ts'
import { imageFolder, splitNames } from '../coco/coco-format.ts'
import type { DataFolder, DataFormat, ReadOptions, Split } from '../format.ts'
import { placeOf, readJson } from '../json-file.ts'
import { hasCocoLists, isPanoptic, jsonFiles, jsonOutline } from '../json-outline.ts'
import { colourIdsOf, isLabelFile, readLabelRaster } from '../mask-images/label-raster.ts'
import { shapeAnnotation } from '../shape-annotation.ts'
import { folderOf, lastPart, withoutEnding } from '../split-folders.ts'
import { type PanopticFile, type PanopticMap, parsePanoptic } from './panoptic-json.ts'
import { writePanoptic } from './panoptic-writer.ts'

/** COCO's panoptic task: segments that do not overlap, as colours of a PNG file an image. */
export const panoptic: DataFormat = {
  name: 'panoptic',
  statesSizes: true,
  about: 'COCO panoptic: a JSON file with segments_info and PNGs whose colours are segment ids; things only',
  isFile: true,
  recognises: async (source, entry) => (await panopticFiles(source, entry)).length > 0,
  read,
  write: writePanoptic,
}

async function panopticFiles(source: DataFolder, entry?: string): Promise<string[]> {
  const found: string[] = []
  for (const path of await jsonFiles(source, entry)) {
    if (!path.toLowerCase().endsWith('.json')) continue
    const outline = await jsonOutline(source, path)
    if (hasCocoLists(outline, 'some') && isPanoptic(outline, path)) found.push(path)
  }
  return found
}

async function read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]> {
  const paths = options.entry === undefined ? await panopticFiles(source) : [options.entry]
  if (paths.length === 0) {
    throw new DataError('folder has no panoptic file', {
      where: source.name,
      expected: 'a .json file with images, categories and annotations of segments_info',
    })
  }
  const names = splitNames(paths)
  const splits: Split[] = []
  for (const [i, path] of paths.entries()) {
    const where = placeOf(source, path)
    const onIgnored = (member: string) => options.losses.add(`${member} left out`, where)
    const file = parsePanoptic(
      await readJson(source, path),
      where,
      options.shapesAlone ? undefined : onIgnored,
    )
    const dataset = { ...file, ...(await readThings(source, path, file, options)) }
    const images = options.images ? '' : await imageFolder(source, path, names[i], dataset)
    splits.push({ name: names[i], images, dataset })
  }
  return splits
}

/** Things become annotations; stuff and images without a map are counted as lost. */
async function readThings(
  source: DataFolder,
  path: string,
  { images, categories, maps }: PanopticFile,
  options: ReadOptions,
) {
  const { losses } = options
  for (const { name, isThing } of categories) if (!isThing) losses.add('categories of stuff left out', name)
  const mapped = new Set(maps.map(({ image }) => image.id))
  for (const { id, fileName } of images) {
    if (!mapped.has(id)) losses.add('images without a panoptic map left out', fileName)
  }
  const annotations = new Map<number, readonly Annotation[]>()
  let nextId = 1
  const used: string[] = []
  for (const [done, map] of maps.entries()) {
    options.signal?.throwIfAborted()
    const own: Annotation[] = []
    const png = await locateMap(source, path, map.fileName)
    used.push(png)
    for (const { segment, rle, where } of await readSegments(source, path, png, map)) {
      if (!segment.category.isThing) {
        losses.add('segments of stuff left out', where)
        continue
      }
      const ids = { id: nextId++, imageId: map.image.id, categoryId: segment.category.id }
      const shape = { segmentation: rle, isCrowd: segment.isCrowd }
      const annotation = shapeAnnotation(ids, shape, map.image, where, options)
      if (annotation) own.push(annotation)
    }
    if (own.length > 0) annotations.set(map.image.id, own)
    options.progress?.(done + 1, maps.length, map.fileName)
  }
  await tellUnused(source, used, images, losses)
  return {
    images: images.filter(({ id }) => mapped.has(id)),
    categories: categories.filter(({ isThing }) => isThing).map(({ isThing: _, ...category }) => category),
    annotations,
  }
}

/** Maps that lie among those that were read, and that no annotation names. */
async function tellUnused(
  source: DataFolder,
  used: readonly string[],
  images: readonly DatasetImage[],
  losses: Losses,
): Promise<void> {
  const folders = new Set(used.map(folderOf))
  const known = new Set([...used, ...images.map(({ fileName }) => fileName)])
  for (const file of await source.list()) {
    const isMap = isLabelFile(file) && folders.has(folderOf(file))
    if (isMap && !known.has(file) && !known.has(lastPart(file)))
      losses.add('maps left out that no annotation names', file)
  }
}

async function readSegments(source: DataFolder, path: string, png: string, { image, segments }: PanopticMap) {
  const where = placeOf(source, png)
  const raster = await readLabelRaster(source, png)
  if (raster.width !== image.width || raster.height !== image.height) {
    throw new DataError('segments have another size than their image', {
      where,
      expected: `${image.width} x ${image.height} as ${image.fileName}`,
      got: `${raster.width} x ${raster.height}`,
    })
  }
  const rles = labelsToRles(colourIdsOf(raster, where), image)
  const found = segments.map((segment) => {
    const rle = rles.get(segment.id)
    rles.delete(segment.id)
    if (rle) return { segment, rle, where: `${where}: segment ${segment.id}` }
    throw new DataError(`segment ${segment.id} has no pixels`, {
      where,
      expected: `pixels of colour ${colourOf(segment.id)}, as segments_info of ${path} says`,
    })
  })
  for (const id of rles.keys()) {
    throw new DataError(`segment ${id} is not in segments_info`, {
      where,
      expected: `${segments.length} segments of ${path} and 0 for the rest`,
      got: `${rles.size} more, such as colour ${colourOf(id)}`,
      hint: 'Smooth or compressed edges have colours that are no segments',
    })
  }
  return found
}

/** In a folder named as the JSON file, as COCO has it, in one of the usual names, or beside it. */
async function locateMap(source: DataFolder, path: string, fileName: string): Promise<string> {
  const beside = folderOf(path)
  const folder = `${withoutEnding(path)}/`
  for (const place of [folder, `${beside}panoptic/`, `${beside}masks/`, beside]) {
    const found = await source.find(place + fileName)
    if (found !== undefined) return found
  }
  throw new DataError('file of the segments is missing', {
    where: placeOf(source, path),
    expected: `${folder}${fileName}`,
    hint: 'COCO ships these PNG files in an archive of their own: unpack it beside the JSON file',
  })
}

function colourOf(id: number): string {
  return `${id & 255},${(id >> 8) & 255},${id >> 16}`
}
