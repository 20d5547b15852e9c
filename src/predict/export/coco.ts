import type { Category } from '../../data/dataset.ts'
import { boxToXywh } from '../../geometry/boxes.ts'
import type { Instance } from '../instance.ts'
import { cocoResults, instanceArea } from '../to-json.ts'
import type { ExportContext, Exporter, NamedImage } from './exporter.ts'
import { outlines } from './outlines.ts'

/**
 * `predictions.json`: a COCO results array, which `evaluate --results` reads. Of images whose id is not known, `image_id`
 * counts from 1; `file_name` says which it was. And `predictions-coco.json`: a complete COCO file of the same, with images,
 * categories and annotations (keypoints as visible ones), for tools that edit, convert or train; its file names start from the folder that all share.
 */
export const exportCoco: Exporter = function* (predicted, context) {
  const entries = predicted.flatMap(({ file, imageId, prediction }) =>
    cocoResults(imageId, prediction.instances).map((entry) => JSON.stringify({ ...entry, file_name: file })),
  )
  yield { name: 'predictions.json', content: `${listText(entries)}\n`, isAboutAll: true }
  yield { name: 'predictions-coco.json', content: cocoText(predicted, context), isAboutAll: true }
}

function cocoText(predicted: readonly NamedImage[], { categories, outline }: ExportContext): string {
  const names = namesBelowSharedFolder(predicted.map(({ file }) => file))
  const images = predicted.map(({ imageId, prediction: { width, height } }, i) =>
    JSON.stringify({ id: imageId, file_name: names[i], width, height }),
  )
  let id = 0
  const annotations = predicted.flatMap(({ imageId, prediction }) =>
    prediction.instances.map((instance) => {
      const { categoryId, score, box, keypoints } = instance
      const area = instanceArea(instance)
      return JSON.stringify({
        id: ++id,
        image_id: imageId,
        category_id: categoryId,
        bbox: boxToXywh(box),
        area,
        iscrowd: 0,
        ...(instance.mask && { segmentation: segmentation(instance, outline) }),
        ...(keypoints && {
          keypoints: keypoints.flatMap(({ x, y }) => [x, y, 2]),
          num_keypoints: keypoints.length,
        }),
        score,
      })
    }),
  )
  const info = JSON.stringify({ description: 'Predicted by Maskwright' })
  const parts = [
    `"info":${info}`,
    `"licenses":[]`,
    `"images":${listText(images)}`,
    `"categories":${listText(categories.map(categoryText))}`,
    `"annotations":${listText(annotations)}`,
  ]
  return `{\n${parts.join(',\n')}\n}\n`
}

function categoryText({ id, name, keypoints, skeleton = [] }: Category): string {
  return JSON.stringify({ id, name, ...(keypoints && { keypoints, skeleton }) })
}

/** `b.png` and `c/d.png` of `../a/b.png` and `../a/c/d.png`; URLs stay whole. */
function namesBelowSharedFolder(files: readonly string[]): string[] {
  if (files.some((file) => file.includes('://'))) return [...files]
  const paths = files.map((file) => file.replaceAll('\\', '/').split('/'))
  const [first = []] = paths
  const differs = first.findIndex((part, i) =>
    paths.some((path) => i === path.length - 1 || path[i] !== part),
  )
  return paths.map((path) => path.slice(differs).join('/'))
}

/** Polygons, which every tool reads; runs where they would fill a hole or there is nothing to outline. */
function segmentation(instance: Instance, outline: ExportContext['outline']) {
  const pieces = outlines(instance, outline)
  if (pieces.length === 0 || pieces.some(({ holes }) => holes.length > 0)) return instance.mask?.toRle()
  return pieces.map(({ outer }) => outer)
}

function listText(entries: readonly string[]): string {
  return entries.length > 0 ? `[\n${entries.join(',\n')}\n]` : '[]'
}
