import { annotationsOf, type Dataset } from './dataset.ts'
import type { Losses } from './losses.ts'

/**
 * Counts what formats of plain shapes cannot hold of a split: keypoints, attributes of images, and ids, boxes and areas as
 * the source states them.
 * Crowds are each format's own business.
 */
export function countAnnotationLosses(
  { dataset }: { readonly dataset: Dataset },
  losses: Losses,
  holds: { readonly supercategories?: boolean; readonly attributes?: boolean } = {},
): void {
  for (const { keypoints, supercategory, name } of dataset.categories) {
    if (keypoints) losses.add('keypoints of categories left out', name)
    if (supercategory && !holds.supercategories) losses.add('supercategories left out', name)
  }
  let stated = false
  for (const image of dataset.images) {
    for (const name of holds.attributes ? [] : Object.keys(image.attributes ?? {})) {
      losses.add(`${name} of images left out`, image.fileName)
    }
    for (const annotation of annotationsOf(dataset, image.id)) {
      if (annotation.keypoints?.some((value, i) => i % 3 === 2 && value > 0)) {
        losses.add('annotations whose keypoints are left out', annotationPlace(image.fileName, annotation.id))
      }
      if (annotation.score !== undefined)
        losses.add('scores left out', annotationPlace(image.fileName, annotation.id))
      if (annotation.xywh && annotation.segmentation) stated = true
    }
  }
  if (stated) losses.change('boxes and areas are computed anew from the masks')
  losses.change('ids of images, annotations and categories are numbered anew')
}

/** `a.jpg: annotation 17`. */
export function annotationPlace(fileName: string, id: number): string {
  return fileName === '' ? `annotation ${id}` : `${fileName}: annotation ${id}`
}
