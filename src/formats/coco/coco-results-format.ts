import type { Annotation, Category, Dataset, DatasetImage } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import { xywhToBox } from '../../geometry/boxes.ts'
import type { ReadableFormat, ReadOptions, Split } from '../format.ts'
import { parseElements } from '../json-elements.ts'
import { integerAt, numbersAt, objectAt, textAt } from '../json-fields.ts'
import { beginningOf, placeOf } from '../json-file.ts'
import { shapeAnnotation } from '../shape-annotation.ts'
import { folderOf, lastPart } from '../split-folders.ts'
import { type OpenChunks, readCocoResults, resultElements } from './coco-stream.ts'

/**
 * What a model found, as `predict --format coco` and COCO's evaluation write it. The list holds neither sizes nor categories:
 * they come from annotations, or sizes from the masks (else from the images) and categories are named by their ids.
 */
export const cocoResults: ReadableFormat = {
  name: 'coco-results',
  statesSizes: true,
  about: 'COCO results: a JSON list of detections, such as predictions.json (is read, not written)',
  recognises: async (source, entry) => {
    if (entry === undefined || !entry.toLowerCase().endsWith('.json')) return false
    return /^\s*\[\s*(\]|\{[\s\S]*"image_id")/.test(await beginningOf(source, entry))
  },
  read: async (source, options) => {
    const { entry } = options
    if (entry === undefined) {
      throw new DataError('results are one file', { where: source.name, hint: 'Name the file' })
    }
    const where = placeOf(source, entry)
    const open = () => source.openChunks(entry)
    const images = options.annotations?.images ?? (await resultImages(open, where, options))
    const results = await readCocoResults(open, where, { images })
    const ids = [...new Set(results.map(({ categoryId }) => categoryId))].sort((a, b) => a - b)
    const categories = options.annotations?.categories ?? namedByIds(ids, where, options)
    const known = new Set(categories.map(({ id }) => id))
    const imageOf = new Map(images.map((image) => [image.id, image]))
    const annotations = new Map<number, Annotation[]>()
    for (const { id, imageId, categoryId, score, xywh, segmentation, keypoints } of results) {
      const at = `${where}: [${id - 1}]`
      if (keypoints) options.losses.add('keypoints of results left out', at)
      if (!known.has(categoryId)) {
        throw new DataError('result has a category that the annotations do not have', {
          where: at,
          expected: `one of ${[...known].join(', ')}`,
          got: `${categoryId}`,
        })
      }
      const image = imageOf.get(imageId) as DatasetImage
      const shape = segmentation ? { segmentation } : { box: xywhToBox(xywh) }
      const annotation = shapeAnnotation({ id, imageId, categoryId }, shape, image, at, options)
      const others = annotations.get(imageId)
      if (annotation && others) others.push({ ...annotation, score })
      else if (annotation) annotations.set(imageId, [{ ...annotation, score }])
    }
    return [{ name: '', dataset: { images, annotations, categories } }] satisfies Split[]
  },
}

/** Images that results name by `file_name`: paths from the folder that all lie in. */
async function resultImages(
  open: OpenChunks,
  where: string,
  { images: folder, losses }: ReadOptions,
): Promise<Dataset['images']> {
  const found = new Map<number, { fileName: string; size?: readonly number[] }>()
  for await (const elements of resultElements(open, where)) {
    for (const [i, value] of parseElements(elements, where).entries()) {
      const at = `${where}: [${elements[i].index}]`
      const entry = objectAt(value, at)
      const id = integerAt(entry, 'image_id', at)
      if (entry.file_name === undefined) {
        throw new DataError('results do not say which images they are of', {
          where: at,
          expected: '"file_name"',
          hint: 'Give the file that has the images and categories with --annotations',
        })
      }
      const fileName = textAt(entry, 'file_name', at).replaceAll('\\', '/')
      const mask = entry.segmentation
      const size =
        typeof mask === 'object' && mask !== null && 'size' in mask
          ? numbersAt({ ...mask }, 'size', at, 2)
          : undefined
      const before = found.get(id)
      if (before && before.fileName !== fileName) {
        throw new DataError('two images have one id', { where: at, expected: before.fileName, got: fileName })
      }
      found.set(id, { fileName, size: before?.size ?? size })
    }
  }
  losses.note('images without results are not known (give --annotations to have them)', where)
  const shared = sharedFolder([...found.values()].map(({ fileName }) => fileName))
  const images: DatasetImage[] = []
  for (const [id, { fileName: path, size }] of found) {
    const below = path.slice(shared.length)
    const isDeeper = folder && !(await folder.exists(below)) && (await folder.exists(lastPart(below)))
    const fileName = isDeeper ? lastPart(below) : below
    if (size) images.push({ id, fileName, height: size[0], width: size[1] })
    else if (folder) {
      const { height, width } = await folder.imageSize(fileName)
      images.push({ id, fileName, height, width })
    } else {
      throw new DataError('results do not say how large the image is', {
        where: `${where}: ${path}`,
        hint: 'Give the folder of the images with --images, or the file that has them with --annotations',
      })
    }
  }
  return images
}

function sharedFolder(paths: readonly string[]): string {
  const [first = '', ...others] = paths.map(folderOf)
  let shared = first
  while (!others.every((folder) => folder.startsWith(shared))) shared = folderOf(shared.slice(0, -1))
  return shared
}

/** The name that was given for the only one there is, else the ids as names. */
function namedByIds(ids: readonly number[], where: string, { category, losses }: ReadOptions): Category[] {
  if (category !== undefined && ids.length === 1) return [{ id: ids[0], name: category }]
  losses.note('categories named by their ids (give --annotations for their names)', where)
  return ids.map((id) => ({ id, name: `${id}` }))
}
